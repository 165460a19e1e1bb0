"""A server that is killed while it calls another system: the attempt is carried out again, under the same key."""

from __future__ import annotations

import pytest

BASE = "/workflowsvc/api/v1"


@pytest.mark.timeout(110)
def test_a_killed_server_repeats_its_call_under_the_same_key(live, tmp_path):
    target = live.Target()
    with live.served(tmp_path, allow=f"127.0.0.1:{target.port}") as server:
        inputs = {"_url": f"http://127.0.0.1:{target.port}/order", "_method": "POST", "_args": {"body": {"n": 1}}}
        body = {"_name": "order", "_taskDefs": [{"_type": "REST_CONNECTOR", "_name": "t", "_inputParams": inputs}]}
        made = server.call("POST", f"{BASE}/workflowdefs?nsfilter=default", 201, json=body).json()
        target.hold()
        begun = {"_workflowDefId": made["_id"]}
        run = server.call("POST", f"{BASE}/workflows?nsfilter=default", 201, json=begun).json()
        live.wait_for(lambda: target.asked("/order") == 1, "the first request")
        server.kill()
        server.start()
        live.wait_for(lambda: target.asked("/order") == 2, "the second request", 60)
        target.release()
        path = f"{BASE}/workflows/{run['_id']}?nsfilter=default"

        def ended():
            found = server.call("GET", path, 200).json()
            return found if found["_status"] != "RUNNING" else None

        found = live.wait_for(ended, "the end")
        assert found["_status"] == "COMPLETED"
        keys = {asked["headers"]["idempotency-key"] for asked in target.seen if asked["path"] == "/order"}
        assert len(keys) == 1 and keys != {""}
        task = found["_tasks"][0]["_id"]
        detail = server.call("GET", f"{BASE}/workflows/{run['_id']}/tasks/{task}?nsfilter=default", 200).json()
        assert detail["_attempt"] == 1
    target.close()
