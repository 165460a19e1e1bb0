"""Secret values that are written into a definition or a run input: found, taken out, and named in their place.

A value is secret by its key: `_pwd, _password, password, _token, token, clientSecret, _clientSecret, _key, _cert,
apiKey, _apiKey`, and `Authorization` in any case. What is written there literally is stored sealed and shown as `***`;
a text with a reference is no literal and stays. A definition is stored with `***` in these places, and compiled a `***`
in the inputs of a call stands for the stored value: a sealed value that names its bundle (`$inline:<id>`) and its place
in the document. Names of secrets never begin with `$`, so that no reference of a definition can mean a bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from weft.dsl.expr.sealed import Sealed, SecretRef
from weft.dsl.graph.origins import origin_of_url
from weft.dsl.graph.references import ReferenceProblem, split
from weft.dsl.problems import pointer_of

MASK: Final = "***"
BUNDLE: Final = "$inline:"
"""With the id of a bundle behind it: the name of the secrets in that bundle."""
SECRET_KEYS: Final = frozenset(
    (
        "_pwd",
        "_password",
        "password",
        "_token",
        "token",
        "clientSecret",
        "_clientSecret",
        "_key",
        "_cert",
        "apiKey",
        "_apiKey",
    )
)
INPUT_KEYS: Final = frozenset(("_inputParams", "inputParams", "inputParameters", "_inputParameters", "parameters"))
_ADDRESSES: Final = frozenset(("url", "uri", "tokenurl"))
_PAYLOADS: Final = frozenset(("args", "body", "headers", "messages", "query"))


class Value(msgspec.Struct, frozen=True):
    """A secret value. It may be sent to `origins` only; None: it was given with the run, wherever its task sends it."""

    text: str
    origins: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return "Value(***)"


def is_secret_key(key: Any) -> bool:
    """Whether what stands under this key is secret."""
    return isinstance(key, str) and (key in SECRET_KEYS or key.lower() == "authorization")


def is_literal(value: Any) -> bool:
    """A text or number that is written out: not empty, not the mask, without a reference in it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return True
    if not isinstance(value, str) or value in ("", MASK):
        return False
    try:
        return not any(is_reference for is_reference, _ in split(value))
    except ReferenceProblem:
        return True  # it cannot be compiled; until somebody corrects it, it is treated as what it may be


def plain_text(value: Any) -> str:
    """The text that a literal stands for."""
    if not isinstance(value, str):
        return str(value)
    try:
        return "".join(part for _, part in split(value))
    except ReferenceProblem:
        return value


def bundle_of(ref: SecretRef) -> str:
    """The bundle that a reference names, empty for a secret of the tenant."""
    return ref.name.removeprefix(BUNDLE) if ref.name.startswith(BUNDLE) else ""


def sealed_place(bundle: str, pointer: str) -> Sealed:
    """What stands for the value that a bundle keeps for a place."""
    return Sealed((SecretRef(BUNDLE + bundle, (pointer,)),))


def take_out(document: Any, *, origins: bool) -> tuple[Any, dict[str, Value]]:
    """The document with `***` for each literal secret, and the values by JSON Pointer.

    `origins`: each value may be sent only to the origins that the inputs of its own task name literally; a value that
    stands in no task's inputs, to those that the document names anywhere.
    """
    found: dict[str, Value] = {}
    everywhere = tuple(sorted(addresses(document))) if origins else ()

    def visit(value: Any, pointer: str, allowed: tuple[str, ...] | None) -> Any:
        if isinstance(value, dict):
            made: dict[str, Any] = {}
            for key, item in cast("dict[str, Any]", value).items():
                at = pointer + pointer_of(key)
                if is_secret_key(key) and is_literal(item):
                    found[at] = Value(plain_text(item), _bound(allowed, everywhere) if origins else None)
                    made[key] = MASK
                    continue
                inner = allowed
                if origins and allowed is None and key in INPUT_KEYS:
                    inner = tuple(sorted(addresses(item)))
                made[key] = visit(item, at, inner)
            return made
        if isinstance(value, list):
            return [visit(item, f"{pointer}/{index}", allowed) for index, item in enumerate(cast("list[Any]", value))]
        return value

    shown = visit(document, "", None)
    return (shown, found) if found else (document, found)


def _bound(allowed: tuple[str, ...] | None, everywhere: tuple[str, ...]) -> tuple[str, ...]:
    return everywhere if allowed is None else allowed


def masked_places(document: Any) -> dict[str, tuple[str, ...]]:
    """Where `***` stands for a stored value: by pointer the names under which that place may be known.

    The first name is the id of the task with the way from there, then its name with the way, then the pointer itself:
    so a value is found again in a document whose tasks have moved.
    """
    found: dict[str, tuple[str, ...]] = {}

    def visit(value: Any, pointer: str, anchors: tuple[tuple[str, str], ...]) -> None:
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            names = [
                (f"{kind}:{members[key]}", pointer)
                for kind, keys in (("id", ("_id", "id")), ("name", ("_taskReferenceName", "_name", "name")))
                for key in keys
                if isinstance(members.get(key), str)
            ]
            inner = anchors
            if names and (INPUT_KEYS & members.keys()):
                inner = tuple(names)
            for key, item in members.items():
                at = pointer + pointer_of(key)
                if item == MASK and is_secret_key(key):
                    found[at] = (*(name + at[len(base) :] for name, base in inner), at)
                else:
                    visit(item, at, inner)
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                visit(item, f"{pointer}/{index}", anchors)

    visit(document, "", ())
    return found


def put_in(value: Any, bundle: str, pointer: str = "") -> Any:
    """A value with `***` as it is stored, with what stands for the stored values put in."""
    return _mapped(value, pointer, lambda at: sealed_place(bundle, at))


def _mapped(value: Any, pointer: str, make: Callable[[str], Any]) -> Any:
    if isinstance(value, dict):
        return {
            key: make(pointer + pointer_of(key))
            if item == MASK and is_secret_key(key)
            else _mapped(item, pointer + pointer_of(key), make)
            for key, item in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [_mapped(item, f"{pointer}/{index}", make) for index, item in enumerate(items)]
    return value


def shown(value: Any) -> Any:
    """A value as people may see it: `***` for everything that is sealed. Shared where nothing is."""
    if isinstance(value, Sealed):
        return MASK
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        made = {key: shown(item) for key, item in members.items()}
        return value if all(made[key] is item for key, item in members.items()) else made
    if isinstance(value, list):
        items = cast("list[Any]", value)
        fresh = [shown(item) for item in items]
        return value if all(new is old for new, old in zip(fresh, items, strict=True)) else fresh
    return value


def origin_of(address: Any) -> str:
    """`scheme://host:port` of an absolute address whose origin is written out; empty for every other value."""
    if not isinstance(address, str) or "://" not in address:
        return ""
    head, _, rest = address.partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    if "$" in head or "$" in authority:
        return ""
    found = origin_of_url(f"{head}://{authority}")
    return "" if found is None else found.text


def addresses(inputs: Any) -> set[str]:
    """The origins that the inputs of a task send to, as far as they are written out."""
    return {origin for address in destinations(inputs) if (origin := origin_of(address))}


def destinations(inputs: Any) -> list[Any]:
    """The values of `url`, `uri` and `tokenUrl` in the inputs of a task, what is only sent along left out."""
    found: list[Any] = []
    stack: list[Any] = [inputs]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            for key, item in cast("Mapping[str, Any]", value).items():
                plain = key.removeprefix("_").lower()
                if plain in _PAYLOADS:
                    continue
                if plain in _ADDRESSES and not isinstance(item, (dict, list)):
                    found.append(item)
                else:
                    stack.append(item)
        elif isinstance(value, list):
            stack.extend(cast("list[Any]", value))
    return found


__all__ = [
    "BUNDLE",
    "MASK",
    "Value",
    "addresses",
    "bundle_of",
    "destinations",
    "is_literal",
    "is_secret_key",
    "masked_places",
    "origin_of",
    "plain_text",
    "put_in",
    "sealed_place",
    "shown",
    "take_out",
]
