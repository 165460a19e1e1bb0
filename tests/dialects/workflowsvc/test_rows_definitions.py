"""Rows 49 to 57, 65, 66, 69, 70 and 72: definitions, and what is refused when one is saved."""

from __future__ import annotations

import base64

import pytest

pytestmark = pytest.mark.anyio
KEYS = {
    "_id", "_name", "_description", "_namespaces", "_userType", "_taskDefs", "_timeoutSeconds", "_timeoutPolicy",
    "_createdAt", "_updatedAt", "_createdBy", "_updatedBy",
}  # fmt: skip


async def wrong(space, *tasks, **more) -> list[dict]:
    """The problems of a definition that is refused."""
    body = {"_name": "bad", "_taskDefs": list(tasks), **more}
    found = await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body=body)
    assert found["_details"]
    return found["_details"]


async def test_row_49_a_new_definition(space, play):
    body = {"_name": "fresh", "_taskDefs": [space.rest(), play.task("HUMAN")]}
    answer = await space.call("POST", "/workflowdefs", 201, body=body)
    made = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/workflowsvc/api/v1/workflowdefs/{made['_id']}?nsfilter={space.n}"
    assert set(made) == KEYS and made["_namespaces"] == [space.n]
    assert all({"_id", "_name", "_type", "_sequenceno", "_inputParams"} <= set(task) for task in made["_taskDefs"])
    assert len({task["_id"] for task in made["_taskDefs"]}) == 2
    again = await space.call("GET", f"/workflowdefs/{made['_id']}", 200)
    assert again.json() == made and again.headers["etag"] == '"1"'
    listed = (await space.call("GET", "/workflowdefs", 200)).json()
    assert listed["_list"] == [made] and listed["_total"] == 1


async def test_row_50_all_problems_at_once(space, play):
    tasks = [play.task("HUMAN", "one"), play.task("NO_SUCH", "two"), play.task("HUMAN", "one")]
    body = {"_name": "has blank", "_taskDefs": tasks, "_description": 5}
    found = await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body=body)
    paths = {detail["_path"] for detail in found["_details"]}
    assert {"/_name", "/_taskDefs/1/_type", "/_taskDefs/2/_name", "/_description"} <= paths
    found = await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body={"_name": "has blank"})
    assert len(found["_details"]) == 2
    listed = (await space.call("GET", "/workflowdefs", 200)).json()
    assert listed["_total"] == 0


async def test_row_51_names_are_taken_per_namespace(space, play):
    body = {"_name": "taken", "_taskDefs": [play.task("HUMAN")]}
    await space.call("POST", "/workflowdefs", 201, body=body)
    await space.refused("POST", "/workflowdefs", 409, "name_taken", body=body)
    await space.call("POST", "/workflowdefs", 201, body=body, ns=space.m)


async def test_row_52_tasks_without_names(space):
    made = await space.define(space.rest(""), space.rest(""))
    assert [task["_name"] for task in made["_taskDefs"]] == ["REST_CONNECTOR", "REST_CONNECTOR_2"]


async def test_row_53_the_other_spelling(space):
    body = {
        "name": "conductor", "description": "d", "version": 3, "ownerEmail": "a@b",
        "tasks": [{"name": "get", "taskReferenceName": "ref", "type": "HTTP",
                   "inputParameters": {"uri": space.url(), "method": "GET"}}],
    }  # fmt: skip
    made = (await space.call("POST", "/workflowdefs", 201, body=body)).json()
    assert made["_name"] == "conductor" and made["version"] == 3 and made["ownerEmail"] == "a@b"
    task = made["_taskDefs"][0]
    assert task["_taskReferenceName"] == "ref" and task["_inputParams"] == {"uri": space.url(), "method": "GET"}
    assert not {"name", "tasks", "description"} & set(made) and not {"name", "type", "inputParameters"} & set(task)
    run = await space.finish(made)
    assert [one["_name"] for one in run["_tasks"]] == ["ref"]
    found = await space.refused(
        "POST", "/workflowdefs", 400, "invalid_definition", body={**body, "_name": "other", "name": "conductor2"}
    )
    assert found["_details"][0]["_path"] == "/name"


async def test_row_54_if_match(space, play):
    made = await space.define(play.task("HUMAN"))
    path = f"/workflowdefs/{made['_id']}"
    body = {"_name": made["_name"], "_taskDefs": made["_taskDefs"]}
    first = await space.call("PUT", path, 200, body=body, headers={"if-match": '"1"'})
    assert first.headers["etag"] == '"2"' and first.json()["_taskDefs"] == made["_taskDefs"]
    await space.refused("PUT", path, 412, "precondition_failed", body=body, headers={"if-match": '"1"'})
    await space.refused("DELETE", path, 412, "precondition_failed", headers={"if-match": '"1"'})
    await space.call("PUT", path, 200, body=body, headers={"if-match": '"7", "2"'})
    await space.call("DELETE", path, 204, headers={"if-match": "*"})


async def test_row_55_live_runs_keep_their_revision(space, play):
    made = await space.define(play.task("HUMAN", "ask"), play.inline("which", '"one"'))
    old = await space.start(made)
    task = await space.waiting(old["_id"], "ask")
    body = {"_name": made["_name"], "_taskDefs": [play.inline("which", '"two"')]}
    await space.call("PUT", f"/workflowdefs/{made['_id']}", 200, body=body)
    new = await space.finish(made)
    await space.call("POST", f"/workflow/{old['_id']}/userinput/{task['_id']}", 200, body={"_userInput": {}})
    ended = await space.ended(old["_id"])
    assert ended["_output"] == {"result": "one"} and new["_output"] == {"result": "two"}


async def test_row_56_deleted(space, play):
    made = await space.define(play.task("HUMAN"))
    run = await space.start(made)
    cron = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}
    await space.call("POST", f"/workflowdefs/{made['_id']}/schedules", 201, body=cron)
    await space.call("DELETE", f"/workflowdefs/{made['_id']}", 204)
    await space.refused("POST", "/workflows", 404, "not_found", body={"_workflowDefId": made["_id"]})
    assert (await space.run(run["_id"]))["_workflowDefId"] == made["_id"]
    await space.refused("GET", f"/workflowdefs/{made['_id']}/schedules", 404, "not_found")
    await space.refused("DELETE", f"/workflowdefs/{made['_id']}", 404, "not_found")


async def test_row_57_too_many_retries(space, play):
    found = await wrong(space, space.rest(retryCount=11))
    assert found[0]["_path"] == "/_taskDefs/0/_retryCount"


async def test_row_65_conditions_and_loops_that_are_none(space, play):
    loop = play.task("DO_WHILE", "a", loopCondition="fetch('x')", loopOver=[play.inline("b")])
    found = await wrong(space, loop)
    assert found[0]["_path"] == "/_taskDefs/0/_loopCondition" and "jq" in found[0]["_message"]
    inner = play.task("DO_WHILE", "b", loopCondition="true", loopOver=[play.inline("c")])
    await wrong(space, play.task("DO_WHILE", "a", loopCondition="true", loopOver=[inner]))


async def test_row_66_inline(space, play):
    javascript = {"_evaluatorType": "javascript", "expression": "a + 1"}
    await wrong(space, play.task("INLINE", "a", inputs=javascript))
    run = await space.finish(await space.define(play.inline("a", ".a + 1", a=2)))
    assert run["_output"] == {"result": 3}


async def test_row_69_references_that_lead_nowhere(space, play):
    await wrong(space, play.task("SET_VARIABLE", "a", inputs={"x": "${workflow.secrets.k}"}))
    await wrong(space, play.inline("a", x="${nobody.output.y}"))


async def test_row_70_secrets_are_masked_and_kept(space, play):
    target = {"_type": "password", "_config": {"_url": "ssl://broker.example.net:8883", "_username": "m",
                                               "_password": "pw-seventy"}}  # fmt: skip
    made = await space.define(
        play.task("MQTT_PUBLISH", "say", inputs={"_mqtt_target": [target], "_topic": "a", "_messages": ["x"]})
    )
    shown = made["_taskDefs"][0]["_inputParams"]["_mqtt_target"][0]["_config"]
    assert shown["_password"] == "***" and shown["_username"] == "m"
    body = {"_name": made["_name"], "_taskDefs": made["_taskDefs"]}
    again = (await space.call("PUT", f"/workflowdefs/{made['_id']}", 200, body=body)).json()
    assert again["_taskDefs"] == made["_taskDefs"]
    # where it can be seen at the other end: the password that was kept is the one that is sent
    auth = {"_auth": {"_type": "Basic", "_params": {"username": "u", "password": "pw-kept"}}}
    made = await space.define(space.rest(inputs=auth))
    assert made["_taskDefs"][0]["_inputParams"]["_auth"]["_params"] == {"username": "u", "password": "***"}
    body = {"_name": made["_name"], "_taskDefs": made["_taskDefs"]}
    await space.call("PUT", f"/workflowdefs/{made['_id']}", 200, body=body)
    run = await space.finish(made)
    sent = space.target.seen[0]["headers"]["authorization"]
    assert sent == "Basic " + base64.b64encode(b"u:pw-kept").decode()
    assert "pw-kept" not in (await space.call("GET", f"/workflows/{run['_id']}", 200)).text
    assert (await space.task(run, "fetch"))["_inputParams"]["_auth"]["_params"]["password"] == "***"


async def test_row_72_what_is_refused_when_saving(space, play):
    script = play.task("SCRIPT_EXECUTION", "s", inputs={"_userType": "a", "_scriptName": "b"})
    body = {"_name": "scripted", "_taskDefs": [script]}
    await space.refused("POST", "/workflowdefs", 400, "task_type_disabled", body=body)
    both = {"_name": "has blank", "_taskDefs": [script]}
    await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body=both)
    inputs = {"_url": "http://h.example", "_action": "eval"}
    await wrong(space, play.task("HAYSTACK", "h", inputs=inputs))
    await wrong(space, play.task("SIMPLE", "nobody.knows.v1.0.0.this.Activity"))
    await wrong(space, play.task("NOOP", "n"))


async def test_lists_of_definitions(space, play):
    for name, kind in (("b_one", "x"), ("a_two", "x"), ("c_three", "X")):
        await space.define(play.task("HUMAN"), name=name, userType=kind)

    async def names(query: str) -> list[str]:
        found = (await space.call("GET", f"/workflowdefs?{query}", 200)).json()
        return [one["_name"] for one in found["_list"]]

    assert await names("_userType=x") == ["a_two", "b_one"]
    assert await names("_name=T&sort=%7B%22_name%22%3A1%7D") == ["a_two", "c_three"]
    assert await names("_pagesize=1&_offset=1&sort=%7B%22_name%22%3A-1%7D") == ["b_one"]
    assert await names("_count=2&sort=%7B%22_createdAt%22%3A1%7D") == ["b_one", "a_two"]
    await space.refused("GET", "/workflowdefs?sort=%7B%22_taskDefs%22%3A1%7D", 400, "invalid_parameter")


async def test_definitions_in_several_namespaces(space, play):
    body = {"_name": "shared", "_taskDefs": [play.task("HUMAN")], "_namespaces": [space.n, space.m]}
    made = (await space.call("POST", "/workflowdefs", 201, body=body)).json()
    assert made["_namespaces"] == [space.n, space.m]
    run = await space.start(made, ns=space.m)
    assert run["_namespaces"] == [space.m]
    await space.refused("GET", f"/workflows/{run['_id']}", 404, "not_found")
    await space.refused("POST", "/workflowdefs", 409, "name_taken", ns=space.m, body={
        "_name": "shared", "_taskDefs": [play.task("HUMAN")],
    })  # fmt: skip
    await space.caller("writer", n="workflow_write", m="workflow_read")
    other = {**body, "_name": "other"}
    await space.refused("POST", "/workflowdefs", 403, "permission_denied", body=other, who="writer")
    for foreign in (space.o, "nowhere"):
        named = {**other, "_namespaces": [space.n, foreign]}
        await space.refused("POST", "/workflowdefs", 403, "namespace_forbidden", body=named)
    for bad in ([space.m], [], "x", [5]):
        named = {**other, "_namespaces": bad}
        await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body=named)


async def test_replacing(space, play):
    made = await space.define(play.task("HUMAN", "one"), userType="x", timeoutSeconds=5, description="d")
    path = f"/workflowdefs/{made['_id']}"
    body = {
        "_name": made["_name"],
        "_taskDefs": [play.task("HUMAN", "two"), {**made["_taskDefs"][0], "_sequenceno": 2}],
    }
    new = (await space.call("PUT", path, 200, body=body)).json()
    assert (new["_userType"], new["_timeoutSeconds"], new["_description"]) == (None, None, None)
    assert [task["_name"] for task in new["_taskDefs"]] == ["two", "one"]
    assert new["_taskDefs"][1]["_id"] == made["_taskDefs"][0]["_id"] != new["_taskDefs"][0]["_id"]
    assert new["_createdAt"] == made["_createdAt"] and new["_updatedAt"] >= made["_updatedAt"]
    sent = {**body, "_id": "another"}
    found = await space.refused("PUT", path, 400, "invalid_definition", body=sent)
    assert found["_details"][0]["_path"] == "/_id"
    await space.call("PUT", path, 200, body={**new, "_createdAt": "never"})
    await space.refused("PUT", path, 404, "not_found", body=body, ns=space.m)


async def test_limits_of_a_definition(space, play):
    many = [play.task("HUMAN", f"t{index}") for index in range(501)]
    await wrong(space, *many)
    deep = play.task("HUMAN", "leaf")
    for level in range(11):
        deep = play.task("SWITCH", f"s{level}", inputs={"_switchCaseValue": "a"}, decisionCases={"a": [deep]})
    await wrong(space, deep)
    await wrong(space, play.task("HUMAN"), _timeoutSeconds=31536001)
    await wrong(space, play.task("HUMAN"), _timeoutPolicy="NEVER")
    for name in ("a.b", "a__1", "workflow", "a[0]", "${x}", "it's"):
        await wrong(space, play.task("HUMAN", name))
    await wrong(space, play.task("HUMAN", "a", sequenceno=0))
    await wrong(space, play.task("HUMAN", "a", sequenceno=2), play.task("HUMAN", "b", sequenceno=2))


async def test_orders_of_definitions_are_those_of_what_is_shown(space, play):
    await space.caller("second", n="all")
    for index, (who, description) in enumerate((("full", "b"), ("second", None), ("full", "a"), ("second", "B"))):
        body = {"_name": f"o{index}", "_taskDefs": [play.task("HUMAN")], "_timeoutSeconds": index or None}
        if description:
            body["_description"] = description
        await space.call("POST", "/workflowdefs", 201, body=body, who=who)
    for key in ("_id", "_name", "_description", "_timeoutSeconds", "_createdAt", "_createdBy", "_updatedBy"):
        for direction in (1, -1):
            path = f"/workflowdefs?sort=%7B%22{key}%22%3A{direction}%7D"
            shown = [one[key] for one in (await space.call("GET", path, 200)).json()["_list"]]
            wanted = sorted(shown, key=lambda value: (value is not None, value or 0), reverse=direction == -1)
            assert shown == wanted, (key, direction)


async def test_problems_are_told_at_their_places_in_the_other_spelling(space):
    task = {"type": "SWITCH", "name": "s", "decisionCases": {"a/b": [{"type": "HTTP", "name": "x", "retryCount": 99}]},
            "inputParameters": {"_switchCaseValue": "a"}}  # fmt: skip
    found = await space.refused("POST", "/workflowdefs", 400, "invalid_definition", body={"name": "n", "tasks": [task]})
    paths = [detail["_path"] for detail in found["_details"]]
    assert "/tasks/0/decisionCases/a~1b/0/retryCount" in paths
