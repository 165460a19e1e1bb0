from __future__ import annotations

import msgspec
import pytest

from weft.web.fallback import refuse
from weft.web.openapi import downgrade, openapi_document
from weft.web.operations import Answer, Dialect, Parameter


class Thing(msgspec.Struct):
    """A thing."""

    name: str
    size: int | None = None


async def handler(call):
    return Answer()


@pytest.fixture
def document(op):
    operations = (
        op("GET", "thing/{name}", handler, name="get thing", responses={200: Thing, 404: None}, group="things",
           parameters=(Parameter("deep", "query", "how deep", schema={"type": "integer"}),)),
        op("POST", "thing", handler, name="create", request=Thing, responses={201: {"type": "string"}}),
        op("POST", "login", handler, name="login", permission=None,
           request={"type": "object", "x-media": "application/x-www-form-urlencoded"}),
        op("GET", "later", handler, name="later", hidden=True),
    )  # fmt: skip
    dialect = Dialect(name="t", title="Things", mounts={"v1": "/api/v1"}, operations=operations, refuse=refuse)
    return openapi_document(dialect, "v1", "1.2.3")


def test_head_matter(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "Things", "version": "1.2.3"}
    assert document["servers"] == [{"url": "/api/v1"}]
    assert document["tags"] == [{"name": "things"}]


def test_hidden_operations_are_left_out(document):
    assert set(document["paths"]) == {"/thing/{name}", "/thing", "/login"}


def test_parameters_of_the_path_are_added(document):
    parameters = document["paths"]["/thing/{name}"]["get"]["parameters"]
    assert [(p["name"], p["in"], p.get("required")) for p in parameters] == [
        ("name", "path", True), ("deep", "query", None),
    ]  # fmt: skip


def test_types_become_components(document):
    get = document["paths"]["/thing/{name}"]["get"]
    schema = get["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Thing"}
    assert document["components"]["schemas"]["Thing"]["required"] == ["name"]
    assert "content" not in get["responses"]["404"]


def test_media_types_and_security(document):
    login = document["paths"]["/login"]["post"]
    assert list(login["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert login["security"] == []
    assert document["paths"]["/thing"]["post"]["x-permission"] == "job.get"
    assert "security" not in document["paths"]["/thing"]["post"]


def test_the_older_form_has_no_null_types(document):
    older = downgrade(document)
    assert older["openapi"] == "3.0.3"
    assert older["components"]["schemas"]["Thing"]["properties"]["size"] == {
        "type": "integer", "nullable": True, "default": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"const": 1}, {"enum": [1]}),
        ({"anyOf": [{"$ref": "x"}, {"type": "null"}]}, {"anyOf": [{"$ref": "x"}], "nullable": True}),
        ({"type": "null"}, {"type": "object", "nullable": True}),
    ],
)
def test_downgrades(newer, older):
    assert downgrade({"s": newer})["s"] == older
