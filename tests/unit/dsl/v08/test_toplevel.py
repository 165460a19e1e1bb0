"""The parts above the states."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.v08.draft import Draft
from weft.dsl.v08.toplevel import check_top, compile_schema, input_schema, referenced_arrays, secrets_of


def problems(**doc: Any) -> set[tuple[str, str]]:
    draft = Draft({"states": [], **doc}, "v08")
    check_top(draft)
    return {(p.code, p.pointer) for p in draft.problems}


@pytest.mark.parametrize(
    ("doc", "problem"),
    [
        ({"expressionLang": "cel"}, ("unsupported-expression-language", "/expressionLang")),
        ({"version": "${ .v }"}, ("unsupported-version-expression", "/version")),
        ({"auth": [{"name": "a", "scheme": "digest"}]}, ("unsupported-auth-scheme", "/auth/0/scheme")),
        (
            {"auth": [{"name": "a", "scheme": "oauth2", "properties": {"grantType": "implicit"}}]},
            ("unsupported-auth-grant", "/auth/0/properties/grantType"),
        ),
        ({"functions": [{"name": "f", "authRef": "x"}]}, ("ref-auth", "/functions/0/authRef")),
        (
            {"functions": [{"name": "f", "authRef": {"invocation": "x"}}]},
            ("ref-auth", "/functions/0/authRef/invocation"),
        ),
    ],
)
def test_refused(doc: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problems(**doc) == {problem}


def test_accepted() -> None:
    auth = [{"name": "a", "scheme": "oauth2", "properties": {"grantType": "password"}}]
    assert problems(expressionLang="jq", version="1.0", auth=auth, functions=[{"name": "f", "authRef": "a"}]) == set()


SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("value", "warn_only"),
    [(SCHEMA, False), ({"schema": SCHEMA}, False), ({"schema": SCHEMA, "failOnValidationErrors": False}, True)],
)
def test_schema_forms(value: dict[str, Any], warn_only: bool) -> None:
    check, found = input_schema(Draft({"states": [], "dataInputSchema": value}, "cwm"), "dataInputSchema")
    assert check is not None
    assert found is warn_only
    assert check({"id": 1}) == ""
    assert check({"id": "x"}).startswith("/id: ")
    assert check({}).startswith("/: ")


def test_schemas_that_are_none() -> None:
    for schema in ({"type": "thing"}, {"$ref": "http://example.org/x"}, {"pattern": "(?=a)"}):
        draft = Draft({"states": []}, "v08")
        assert compile_schema(schema, "/s", draft) is None
        assert [(p.code, p.pointer) for p in draft.problems] == [("json-schema", "/s")]


def test_values_without_a_type_fit_no_schema() -> None:
    check = compile_schema(SCHEMA, "/s", Draft({"states": []}, "v08"))
    assert check is not None
    assert "cannot be checked" in check({"id": object()})


def test_what_stands_elsewhere() -> None:
    doc = {"functions": "a.json", "events": [], "dataInputSchema": {"schema": "s.json"}, "secrets": "x"}
    assert referenced_arrays(doc) == [("functions", "a.json"), ("secrets", "x"), ("dataInputSchema/schema", "s.json")]


def test_secrets() -> None:
    assert secrets_of(Draft({"states": [], "secrets": ["a", 1]}, "v08")) == ("a",)
    assert secrets_of(Draft({"states": [], "secrets": "x"}, "v08")) == ()
