"""The parts of a states document above its states: language, identity, schemas, constants, secrets, auth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final, cast

import jsonschema_rs

from weft.dsl.problems import pointer_of
from weft.dsl.v08.draft import Draft, object_of, text_of

_SCHEMES: Final = frozenset(("basic", "bearer", "oauth2"))
_GRANTS: Final = frozenset(("clientCredentials", "password", "tokenExchange"))
_MAX_VIOLATIONS: Final = 3
_MAX_TEXT: Final = 300

Check = Callable[[Any], str]


def check_top(draft: Draft) -> None:
    """Language, version and auth."""
    language = draft.doc.get("expressionLang")
    if isinstance(language, str) and language.strip().lower() != "jq":
        draft.error("unsupported-expression-language", "/expressionLang", f"{language!r}: expressions are jq here")
    if "${" in draft.version:
        draft.error("unsupported-version-expression", "/version", "the version must be known when it is saved")
    for part in draft.auths.values():
        _check_auth(part.body, part.pointer, draft)
    for part in draft.functions.values():
        _check_auth_ref(part.body, part.pointer, draft)


def _check_auth(body: Mapping[str, Any], pointer: str, draft: Draft) -> None:
    scheme = text_of(body, "scheme", "basic")
    if scheme not in _SCHEMES:
        draft.error("unsupported-auth-scheme", pointer + "/scheme", f"{scheme!r} is no supported scheme")
    grant = object_of(body, "properties").get("grantType")
    if scheme == "oauth2" and isinstance(grant, str) and "${" not in grant and grant not in _GRANTS:
        draft.error("unsupported-auth-grant", pointer + "/properties/grantType", f"{grant!r} is no supported grant")


def _check_auth_ref(body: Mapping[str, Any], pointer: str, draft: Draft) -> None:
    value = body.get("authRef")
    names: list[tuple[Any, str]] = [(value, pointer + "/authRef")]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        names = [(members.get(key), f"{pointer}/authRef/{key}") for key in ("resource", "invocation")]
    for name, where in names:
        if isinstance(name, str) and name not in draft.auths:
            draft.error("ref-auth", where, f"{name!r} is no auth definition of this definition")


def input_schema(draft: Draft, key: str) -> tuple[Check | None, bool]:
    """The compiled schema at `key`, and whether a violation is only a warning."""
    value: Any = draft.doc.get(key)
    if not isinstance(value, dict):
        return None, False
    body = cast("dict[str, Any]", value)
    pointer = pointer_of(key)
    warn_only = False
    if "schema" in body and set(body) <= {"schema", "failOnValidationErrors"}:
        warn_only = body.get("failOnValidationErrors") is False
        body, pointer = object_of(body, "schema"), pointer + "/schema"
    if not body:
        return None, warn_only
    return compile_schema(body, pointer, draft), warn_only


def _no_fetch(uri: str) -> Any:
    raise ValueError(f"{uri} is outside the definition")


def compile_schema(schema: dict[str, Any], pointer: str, draft: Draft) -> Check | None:
    """A check that gives the first violations as text, "" for none. Nothing is fetched; patterns take linear time."""
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_no_fetch, pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20)
        )
    except (ValueError, TypeError, jsonschema_rs.ReferencingError) as refused:
        draft.error("json-schema", pointer, f"the schema is not valid: {_first_line(str(refused))}")
        return None

    def check(value: Any) -> str:
        try:
            if validator.is_valid(value):
                return ""
            found = list(islice(validator.iter_errors(value), _MAX_VIOLATIONS))
        except (ValueError, TypeError):  # a secret, or a number the library has no type for, fits no schema
            return "the value cannot be checked (a secret, or a number out of range)"
        return "; ".join(f"{pointer_of(*one.instance_path) or '/'}: {_first_line(one.message)}" for one in found)

    return check


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0][:_MAX_TEXT]


def secrets_of(draft: Draft) -> tuple[str, ...]:
    """Names of the secrets the document declares."""
    value = draft.doc.get("secrets")
    return tuple(name for name in cast("list[Any]", value) if isinstance(name, str)) if isinstance(value, list) else ()


def referenced_arrays(doc: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, URI) of the definition arrays that stand elsewhere."""
    keys = ("functions", "events", "retries", "errors", "auth", "constants", "secrets", "timeouts")
    found = [(key, doc[key]) for key in keys if isinstance(doc.get(key), str)]
    schema = doc.get("dataInputSchema")
    if isinstance(schema, str):
        found.append(("dataInputSchema", schema))
    elif isinstance(schema, dict) and isinstance(cast("dict[str, Any]", schema).get("schema"), str):
        found.append(("dataInputSchema/schema", schema["schema"]))
    return found
