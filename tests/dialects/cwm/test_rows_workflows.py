"""Acceptance rows 7 and 33 to 42: workflow definitions."""

from __future__ import annotations

import uuid

import pytest

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"


async def stored(records, made, **more):
    body = {"definition": made.definition(), "wfTags": ["lab"], **more}
    answer = await records.http.post(f"{B1}/workflow", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_row_07_any_json_like_media_type(records):
    yang = "application/yang-data+json"
    answer = await records.http.get(f"{B2}/workflow", headers={"Accept": yang, "Content-Type": yang})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == []


async def test_row_33_post_gives_a_uuid(records, made):
    workflow_id = await stored(records, made)
    assert str(uuid.UUID(workflow_id)) == workflow_id


async def test_row_34_the_same_pair_again_is_refused(records, made):
    await stored(records, made)
    answer = await records.http.post(f"{B1}/workflow", json={"definition": made.definition()})
    assert answer.status_code == 400
    assert answer.json() == "workflow CheckReachability version 1.0 exists"


async def test_row_35_get_by_name_and_version_as_sent(records, made):
    workflow_id = await stored(records, made)
    answer = await records.http.get(f"{B2}/workflow/name/CheckReachability/version/1.0")
    assert answer.status_code == 200
    workflow = answer.json()["workflow"]
    assert workflow["workflowId"] == workflow_id
    assert workflow["wfTags"] == ["lab"]
    assert workflow["definition"] == made.definition()
    assert list(workflow["definition"]) == list(made.definition())
    assert workflow["description"] == "Ping one device"
    assert workflow["createdAt"] == "2026-02-02T02:40:00.000Z"


@pytest.mark.parametrize("key", ["subflowRef", "subFlowRef"])
async def test_row_36_child_before_parent(records, made, key):
    parent = made.small("Parent")
    parent["states"][0]["actions"] = [{key: {"workflowId": "Child", "version": "1.0"}}]
    refused = await records.http.post(f"{B1}/workflow", json={"definition": parent})
    assert refused.status_code == 400
    assert "workflow Child version 1.0 does not exist" in refused.json()
    assert (await records.http.post(f"{B1}/workflow", json={"definition": made.small("Child")})).status_code == 200
    assert (await records.http.post(f"{B1}/workflow", json={"definition": parent})).status_code == 200


async def test_row_37_jq_is_not_checked_at_save(records, made):
    definition = made.definition()
    definition["states"][1]["dataConditions"][0]["condition"] = "${ .x == 1 then true end }"
    answer = await records.http.post(f"{B1}/workflow", json={"definition": definition})
    assert answer.status_code == 200, answer.text


async def test_row_38_validate(records, made):
    broken = made.definition()
    broken["states"][0]["transition"] = "Nowhere"
    refused = await records.http.post(f"{B2}/workflow/validate", json={"definition": broken})
    assert refused.status_code == 400
    assert "Nowhere" in refused.json()
    warned = await records.http.post(f"{B2}/workflow/validate", json={"definition": made.definition()})
    assert warned.status_code == 200
    assert warned.json().startswith("workflow definition valid; ")
    assert "/functions/0/operation: no deployed adapter serves generic.rest" in warned.json()


async def test_row_39_validate_input(records, made):
    await stored(records, made)
    address = f"{B2}/workflow/name/CheckReachability/version/1.0/validateInputData"
    refused = await records.http.post(address, json={"data": {}})
    assert refused.status_code == 400
    assert "/device" in refused.json()
    answer = await records.http.post(address, json={"data": {"device": "r1"}})
    assert (answer.status_code, answer.json()) == (200, "input data valid")


async def test_row_40_tags(records, made):
    for name, tag in (("One", "b"), ("Two", "a"), ("Three", "c")):
        await records.http.post(f"{B1}/workflow", json={"definition": made.small(name), "wfTags": [tag]})
    found = await records.http.get(f"{B2}/workflow?tags=a,b")
    assert [one["name"] for one in found.json()] == ["One", "Two"]
    assert (await records.http.get(f"{B2}/workflow?tags=a&tags=b")).json() == found.json()
    assert (await records.http.get(f"{B2}/workflow/tags")).json() == ["a", "b", "c"]


async def test_row_41_export(records, made):
    workflow_id = await stored(records, made)
    await records.http.post(f"{B1}/workflow", json={"definition": made.small("Another")})
    one = await records.http.get(f"{B1}/workflowExport?ids={workflow_id}")
    assert [entry["workflowId"] for entry in one.json()] == [workflow_id]
    everything = await records.http.post(f"{B2}/workflowExport")
    assert [entry["name"] for entry in everything.json()] == ["Another", "CheckReachability"]
    pairs = [{"name": "CheckReachability", "version": "1.0"}, {"name": "Another", "version": "1.0"}]
    asked = await records.http.post(f"{B2}/workflowExport", json=pairs)
    assert [entry["name"] for entry in asked.json()] == ["CheckReachability", "Another"]
    assert (await records.http.get(f"{B1}/workflowExport?ids=none")).status_code == 400


async def test_row_42_import_orders_children_first(records, made):
    entries = [{"definition": made.small("Parent", children=["Child"])}, {"definition": made.small("Child")}]
    answer = await records.http.post(f"{B2}/workflowImport", json=entries)
    assert (answer.status_code, answer.json()) == (200, "2 workflows imported")
    again = await records.http.post(f"{B2}/workflowImport", json=entries)
    assert again.json() == "0 workflows imported"


async def test_import_is_all_or_nothing_and_overrides(records, made):
    await stored(records, made)
    changed = made.definition(description="changed")
    entries = [{"definition": made.small("New")}, {"definition": changed}]
    refused = await records.http.post(f"{B2}/workflowImport", json=entries)
    assert refused.status_code == 400
    assert [one["name"] for one in (await records.http.get(f"{B2}/workflow")).json()] == ["CheckReachability"]
    answer = await records.http.post(f"{B2}/workflowImport?isOverride=true", json=entries)
    assert answer.json() == "2 workflows imported"
    found = (await records.http.get(f"{B2}/workflow")).json()
    assert [one["description"] for one in found] == ["changed", ""]


async def test_bare_definition_text_and_yaml(records, made):
    assert (await records.http.post(f"{B1}/workflow", json=made.small("Bare"))).status_code == 200
    yaml = (
        "name: Yaml\nversion: '1.0'\nspecVersion: '0.9'\nstates:\n- {name: Only, type: inject, data: {}, end: true}\n"
    )
    as_text = await records.http.post(f"{B1}/workflow", json={"definition": yaml})
    assert as_text.status_code == 200, as_text.text
    other = yaml.replace("Yaml", "Other")
    as_body = await records.http.post(f"{B1}/workflow", content=other, headers={"Content-Type": "application/yaml"})
    assert as_body.status_code == 200, as_body.text
    found = (await records.http.get(f"{B1}/workflow/name/Other/version/1.0")).json()["workflow"]
    assert found["definition"]["states"] == [{"name": "Only", "type": "inject", "data": {}, "end": True}]


async def test_definition_of_the_newer_language(records):
    newer = {
        "document": {"dsl": "1.0.0", "namespace": "lab", "name": "newer", "version": "1.0.0"},
        "do": [{"greet": {"set": {"greeting": "hello"}}}],
    }
    answer = await records.http.post(f"{B1}/workflow", json={"definition": newer})
    assert answer.status_code == 200, answer.text
    assert (await records.http.get(f"{B1}/workflow/name/newer/version/1.0.0")).status_code == 200


async def test_put_delete_and_missing_ones(records, made):
    workflow_id = await stored(records, made)
    renamed = made.definition(version="2.0")
    answer = await records.http.put(f"{B1}/workflow/{workflow_id}", json={"definition": renamed})
    assert answer.json() == f"workflow {workflow_id} updated"
    assert (await records.http.get(f"{B1}/workflow/name/CheckReachability/version/1.0")).status_code == 400
    assert (await records.http.delete(f"{B1}/workflow/{workflow_id}")).json() == f"workflow {workflow_id} deleted"
    gone = await records.http.get(f"{B1}/workflow/{workflow_id}")
    assert (gone.status_code, gone.json()) == (400, f"workflow {workflow_id} does not exist")
    assert (await records.http.delete(f"{B2}/workflow/name/x/version/1")).status_code == 400
    assert (await records.http.put(f"{B2}/workflow/name/x/version/1", json=renamed)).status_code == 400
