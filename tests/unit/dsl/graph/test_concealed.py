"""Secret values in documents: found by their keys, taken out, named in their place."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.compile import DEFAULT_OPTIONS, compile_document
from weft.dsl.expr.sealed import Sealed, SecretRef
from weft.dsl.graph.concealed import (
    MASK,
    Value,
    addresses,
    bundle_of,
    destinations,
    is_literal,
    is_secret_key,
    masked_places,
    origin_of,
    put_in,
    sealed_place,
    shown,
    take_out,
)


@pytest.mark.parametrize("key", ["_pwd", "password", "_token", "clientSecret", "_cert", "apiKey", "authorization"])
def test_keys_that_make_a_value_secret(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize("key", ["pwd", "key", "cert", "Password", "username", "tokenUrl", 3])
def test_keys_that_do_not(key: Any) -> None:
    assert not is_secret_key(key)


@pytest.mark.parametrize(
    ("value", "literal"),
    [("x", True), (7, True), ("$${x}", True), ("${", True), ("", False), (MASK, False), ("Bearer ${a}", False),
     (None, False), (True, False), ({"type": "string"}, False)],
)  # fmt: skip
def test_what_is_written_out(value: Any, literal: bool) -> None:
    assert is_literal(value) is literal


def test_values_leave_the_document_with_the_origins_of_their_task() -> None:
    document = {
        "_taskDefs": [
            {"_inputParams": {"_url": "https://h.example/a", "_auth": {"_params": {"password": "p1"}}}},
            {"_inputParams": {"_mqtt_target": [{"_config": {"_url": "ssl://b:8883", "_password": "p2"}}]}},
            {"_inputParams": {"_url": "https://h.example/${x}", "_args": {"headers": {"Authorization": "p$${3"}}}},
        ],
        "_inputTemplate": {"token": 7},
    }
    given, values = take_out(document, origins=True)
    assert document["_taskDefs"][0]["_inputParams"]["_auth"]["_params"] == {"password": "p1"}
    assert given["_taskDefs"][0]["_inputParams"]["_auth"]["_params"] == {"password": MASK}
    assert values == {
        "/_taskDefs/0/_inputParams/_auth/_params/password": Value("p1", ("https://h.example:443",)),
        "/_taskDefs/1/_inputParams/_mqtt_target/0/_config/_password": Value("p2", ("mqtts://b:8883",)),
        "/_taskDefs/2/_inputParams/_args/headers/Authorization": Value("p$${3", ("https://h.example:443",)),
        "/_inputTemplate/token": Value("7", ("https://h.example:443", "mqtts://b:8883")),
    }
    assert "p1" not in repr(values)


def test_a_document_without_secrets_stays_itself() -> None:
    document = {"a": [1, {"password": {"type": "string"}}]}
    assert take_out(document, origins=True) == (document, {})
    assert take_out(document, origins=True)[0] is document


def test_run_inputs_are_not_bound_to_origins() -> None:
    assert take_out({"_auth": {"token": "t"}}, origins=False)[1] == {"/_auth/token": Value("t")}


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://H.example./a?b", "https://h.example:443"),
        ("http://h:81", "http://h:81"),
        ("tcp://b", "mqtt://b:1883"),
        ("http://u:p@h/a", "http://h:80"),
        ("http://[::1]:8/x", "http://[::1]:8"),
        ("https://h/${x}", "https://h:443"),
        ("https://h?${x}", "https://h:443"),
        ("https://${x}/a", ""),
        ("https://h.${x}", ""),
        ("${x}://h/a", ""),
        ("/a", ""),
        ("https://h:99999/", ""),
        ("https://", ""),
        (None, ""),
    ],
)
def test_origins(address: Any, origin: str) -> None:
    assert origin_of(address) == origin


def test_only_addresses_count_that_a_task_sends_to() -> None:
    sent = {"_args": {"body": {"url": "https://c"}, "headers": {"url": "https://d"}}, "messages": [{"uri": "x"}]}
    inputs = {"_url": "https://a", "_auth": {"_params": {"tokenUrl": "https://b"}}, **sent}
    assert sorted(destinations(inputs)) == ["https://a", "https://b"]
    assert addresses(inputs) == {"https://a:443", "https://b:443"}


def test_a_place_is_found_again_by_task_id_name_and_place() -> None:
    task = {"_id": "t1", "_name": "n", "_inputParams": {"_auth": {"token": MASK}}}
    [(at, names)] = masked_places({"_name": "w", "_taskDefs": [{}, task]}).items()
    assert at == "/_taskDefs/1/_inputParams/_auth/token"
    assert names == ("id:t1/_inputParams/_auth/token", "name:n/_inputParams/_auth/token", at)


def test_what_stands_for_a_value_names_its_bundle_and_place() -> None:
    place = sealed_place("b1", "/x/token")
    assert place.parts == (SecretRef("$inline:b1", ("/x/token",)),)
    assert bundle_of(place.parts[0]) == "b1" and bundle_of(SecretRef("k")) == ""  # type: ignore[arg-type]
    made = put_in({"list": [{"token": MASK}], "note": MASK}, "b1", "/x")
    assert made["note"] == MASK and made["list"][0]["token"].parts[0].path == ("/x/list/0/token",)
    assert shown(made) == {"list": [{"token": MASK}], "note": MASK}
    plain = {"a": [1]}
    assert shown(plain) is plain


def compiled(task: dict[str, Any], **root: Any) -> Any:
    import msgspec

    options = msgspec.structs.replace(DEFAULT_OPTIONS, bundle="b1")
    return compile_document({"_name": "n", "_taskDefs": [task], **root}, options=options)


def test_stars_in_the_inputs_of_a_call_are_compiled_to_the_stored_value() -> None:
    found = compiled({"_type": "REST_CONNECTOR", "_inputParams": {"_url": "https://h", "_auth": {"token": MASK}}})
    node = found.program.nodes[found.program.positions["/_taskDefs/0"]]
    from weft.dsl.expr import Budget

    value = node.spec.input.evaluate(None, tuple({"input": {}} for _ in node.spec.input.needs), Budget())
    sealed = value["_auth"]["token"]
    assert isinstance(sealed, Sealed)
    assert sealed.parts == (SecretRef("$inline:b1", ("/_taskDefs/0/_inputParams/_auth/token",)),)


@pytest.mark.parametrize("root", [{"_outputParams": {"token": MASK}}, {"_variables": {"token": MASK}}])
def test_stars_elsewhere_are_refused(root: dict[str, Any]) -> None:
    found = compiled({"_type": "WAIT"}, **root)
    assert [problem.code for problem in found.problems] == ["secret-leak"]


def test_no_reference_can_name_a_bundle() -> None:
    for name in ("['$inline:b1']", "['a/b']"):
        found = compiled(
            {"_type": "REST_CONNECTOR", "_inputParams": {"_url": "https://h", "x": "${workflow.secrets" + name + "}"}}
        )
        assert [problem.code for problem in found.problems] == ["expression-path"]
