from __future__ import annotations

import json

B = "/crosswork/cwm/v2"
RUN = {"executions": [{"execution": {"workflowId": "j", "runId": "r"}, "status": "WORKFLOW_EXECUTION_STATUS_RUNNING",
                       "startTime": "t"}]}  # fmt: skip


def test_start_a_job(weft, server, tmp_path):
    server.says({"jobId": "j", "runId": "r"})
    code, out, _ = weft("job", "start", "Flow", "1.0", "--name", "n", "--tag", "a", "--data", '{"x": 1}', "-o", "json")
    assert (code, json.loads(out)["jobId"]) == (0, "j")
    body = {"workflowName": "Flow", "workflowVersion": "1.0", "jobName": "n", "tags": ["a"], "data": {"x": 1}}
    assert server.last == ("POST", f"{B}/job", body)
    file = tmp_path / "d.yaml"
    file.write_text("x: 2\n")
    server.says({})
    weft("job", "start", "Flow", "--data", f"@{file}")
    assert server.last[2] == {"workflowName": "Flow", "tags": [], "data": {"x": 2}}
    assert weft("job", "start", "Flow", "--data", "{")[0] == 2


def test_list_jobs(weft, server):
    server.says(RUN)
    out = weft("job", "list", "--query", "ExecutionStatus = 'Running'")[1]
    assert out.splitlines()[1].split() == ["j", "r", "RUNNING", "t"]
    assert server.last[1] == f"{B}/job?pageSize=50&query=ExecutionStatus+%3D+%27Running%27"
    server.says(None, 204)
    assert weft("job", "list")[1] == "nothing found\n"


def test_one_job(weft, server):
    server.says(RUN)
    server.says({"a": 1})
    assert json.loads(weft("job", "get", "it's")[1]) == {"a": 1}
    assert "JobId+%3D+%27it%5C%27s%27" in str(server.requests[0].url).replace("%20", "+")
    assert server.last[1] == f"{B}/job/it%27s/runs/r"
    server.says({"executions": []})
    assert weft("job", "get", "x")[0] == 5


def test_events_cancel_and_terminate(weft, server):
    server.says([{"eventId": "1", "eventTime": "t", "eventType": "EVENT_TYPE_X"}])
    assert weft("job", "events", "j", "--run", "r", "--wait")[1].splitlines()[1].split() == ["1", "t", "X"]
    assert server.last[1] == f"{B}/job/j/runs/r/events?isLongPoll=true"
    server.says("job j cancel requested")
    assert weft("job", "cancel", "j", "--run", "r")[1] == "job j cancel requested\n"
    server.says("job j terminated")
    weft("job", "terminate", "j", "--run", "r", "--reason", "stuck")
    assert server.last[:2] == ("POST", f"{B}/job/j/runs/r/terminate?reason=stuck")
    assert weft("job", "terminate", "j")[0] == 2


def test_workflows(weft, server, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text("id: x\nname: Flow\n")
    server.says("some-id", 200)
    assert weft("workflow", "create", str(file), "--tag", "a")[1] == "some-id\n"
    assert server.last[2] == {"definition": {"id": "x", "name": "Flow"}, "wfTags": ["a"]}
    server.says([{"workflow": {"name": "Flow", "version": "1", "workflowId": "i", "wfTags": []}}])
    assert weft("workflow", "list", "--tag", "a", "--tag", "b")[1].splitlines()[1].split() == ["Flow", "1", "i"]
    assert server.last[1] == f"{B}/workflow?tags=a%2Cb"
    server.says({})
    weft("workflow", "get", "Flow", "1.0")
    assert server.last[1] == f"{B}/workflow/name/Flow/version/1.0"
    server.says({})
    weft("workflow", "get", "some-id")
    assert server.last[1] == f"{B}/workflow/some-id"
    server.says({})
    assert weft("workflow", "validate", str(file))[0] == 0
    server.says("gone")
    assert weft("workflow", "delete", "some-id")[0] == 0


def test_resources_secrets_and_workers(weft, server, tmp_path):
    file = tmp_path / "x.json"
    file.write_text('{"username": "u", "password": "p"}')
    server.says("secret s created", 201)
    weft("secret", "create", "s", "--type", "basicAuth", "--file", str(file))
    assert server.last[2]["secret"] == {"username": "u", "password": "p"}
    server.says(None, 204)
    assert weft("secret", "list")[1] == "nothing found\n"
    server.says({"secrets": [{"secretId": "s", "secretType": "basicAuth"}]})
    assert weft("secret", "list")[1].splitlines()[1].split() == ["s", "basicAuth"]
    server.says([{"name": "w", "status": "Running", "activities": [{"adapterId": "a.b.v1", "numOfActivities": 2}]}])
    assert weft("worker", "list")[1].splitlines()[1].split() == ["w", "Running", "a.b.v1"]
    server.says({"resourceId": "r"})
    weft("resource", "get", "r 1")
    assert server.last[1] == f"{B}/resource/r%201"
    server.says("ok", 200)
    weft("resource", "create", str(file))
    assert server.last[:2] == ("POST", f"{B}/resource")
    server.says("ok")
    weft("worker", "stop", "w", "--force")
    assert server.last == ("POST", f"{B}/worker/w/stop", {"forceStop": True})
    server.says("ok")
    weft("worker", "start", "w")
    server.says("ok")
    assert weft("worker", "delete", "w")[0] == 0


def test_documents_that_cannot_be_read(weft, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("a: [1\n")
    assert weft("workflow", "create", str(file))[0] == 6
    assert weft("workflow", "create", str(tmp_path / "none"))[0] == 2
