from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from weft.api.cwm.workflows import definition_body, read_entry, workflow_body
from weft.domain.errors import Invalid, Malformed
from weft.domain.workflows import Workflow


def test_a_wrapped_definition():
    entry = read_entry({"DEFINITION": {"a": 1}, "wftags": ["t"], "formid": "f", "Path": "p", "workflowId": "w"})
    assert (entry.source, entry.tags, entry.form, entry.folder, entry.id) == ({"a": 1}, ("t",), "f", "p", "w")
    assert entry.hint == "cwm"


@pytest.mark.parametrize("bare", [{"states": []}, {"States": []}, {"document": {}}])
def test_a_bare_definition(bare):
    assert read_entry(bare).source == bare


@pytest.mark.parametrize("body", [{}, [], {"definition": None}, {"definition": {}, "wfTags": [1]}])
def test_no_entry(body):
    with pytest.raises(Invalid):
        read_entry(body)


def test_the_document_goes_out_as_it_came_in():
    text = '{"b":1.0,"a":' + str(2**70) + "}"
    record = Workflow(id="i", name="n", version="1", revision="r", definition=text, created_at=0, updated_at=0)
    assert text in msgspec.json.encode(workflow_body(record)).decode()


def call(media, raw):
    async def read():
        return raw

    async def body():
        return "json was read"

    return SimpleNamespace(headers={"Content-Type": media}, raw=read, body=body)


@pytest.mark.anyio
@pytest.mark.parametrize("media", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
async def test_yaml(media):
    assert await definition_body(call(media, b"a: [1, no]")) == {"a": [1, "no"]}
    assert await definition_body(call(media, b"")) == {}
    with pytest.raises(Malformed) as refused:
        await definition_body(call(media, b"a: [1"))
    assert refused.value.details


@pytest.mark.anyio
@pytest.mark.parametrize("media", ["application/json", "text/plain", "", "application/yang-data+json"])
async def test_everything_else_is_json(media):
    assert await definition_body(call(media, b"")) == "json was read"
