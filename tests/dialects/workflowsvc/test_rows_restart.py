"""Row 85, and the request lines of the guide with a real server in a process of its own."""

from __future__ import annotations

from typing import Any

import pytest

V1 = "/workflowsvc/api/v1"


@pytest.mark.timeout(170)
def test_row_85_killed_between_two_tasks(live: Any, target: Any, play: Any, tmp_path: Any) -> None:
    target.answer = lambda asked: (200, {"path": asked["path"]})
    server = live.Live(tmp_path, allow=f"127.0.0.1:{target.port}")
    try:
        server.start()
        query = {"nsfilter": "default"}
        url = f"http://127.0.0.1:{target.port}"
        tasks = [
            play.task("REST_CONNECTOR", "one", inputs={"_url": f"{url}/one"}),
            play.task("REST_CONNECTOR", "two", inputs={"_url": f"{url}/two"}, startDelay=4),
        ]
        body = {"_name": "killed", "_taskDefs": tasks}
        made = server.call("POST", f"{V1}/workflowdefs", 201, params=query, json=body).json()
        body = {"_workflowDefId": made["_id"], "_inputParams": {"kept": True}}
        run = server.call("POST", f"{V1}/workflows", 201, params=query, json=body).json()
        path = f"{V1}/workflows/{run['_id']}"

        def states() -> dict[str, str]:
            found = server.call("GET", path, 200, params=query).json()
            return play.states(found)

        live.wait_for(lambda: states()["one"] == "COMPLETED", "the first task ends")
        assert states() == {"one": "COMPLETED", "two": "QUEUED"}
        before = server.call("GET", path, 200, params=query).json()
        server.kill()
        server.start()
        live.wait_for(lambda: states()["two"] == "COMPLETED", "the second task ends", 60)
        after = live.wait_for(
            lambda: (found := server.call("GET", path, 200, params=query).json())["_status"] == "COMPLETED" and found,
            "the run ends",
        )
        assert [task["_id"] for task in after["_tasks"]] == [task["_id"] for task in before["_tasks"]]
        assert after["_inputParams"] == {"kept": True} and after["_createdAt"] == run["_createdAt"]
        assert target.asked("/one") == 1 and target.asked("/two") == 1
        assert server.call("GET", f"{V1}/workflows", 200, params=query).json()["_total"] == 1
        assert "internal error" not in server.logged()
    finally:
        server.close()
