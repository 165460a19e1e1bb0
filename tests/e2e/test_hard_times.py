"""What a running server has to bear: a full disk, definitions without end, targets it must not reach, hostile uploads,
a second server on its file, a taken port. It refuses in words, loses nothing, and goes on.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

NOOP = {"name": "n", "functionRef": {"refName": "noop", "arguments": {"input": {}}}}
ENDLESS = {
    "a long count": "[range(0; 1000000000)] | length",
    "a function that calls itself": "def f: f; f",
    "repeat": "last(repeat(1))",
    "a text that doubles": 'reduce range(0; 60) as $i ("a"; . + .)',
    "a text in one go": '"a" * 1000000000',
    "a value without bottom": "reduce range(0; 1000000) as $i (null; [.])",
    "all combinations": "[[range(200)], [range(200)], [range(200)]] | [combinations] | length",
}


def operation(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a", "type": "operation", "actions": list(actions), "end": True}


def fails(play, live, name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Error code and message of a job that is expected to fail."""
    live.save(play.flow(name, *states, **more))
    found = live.result(live.begin(name))
    assert set(found) == {"code", "message"}, found
    return found


def still_works(play, live) -> None:
    assert live.result(live.begin("Well", {"n": 1})) == {"n": 1}


@pytest.fixture(scope="module")
def server(play, live, target):
    live.save(play.flow("Well", operation(NOOP)))
    live.resource("Target", target.port)
    return live


# -- definitions without end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", sorted(ENDLESS))
def test_an_expression_without_end_fails_its_job_and_nobody_elses(play, server, how):
    state = {"name": "a", "type": "inject", "data": {}, "end": True}
    state["stateDataFilter"] = {"output": f"${{ {{r: ({ENDLESS[how]})}} }}"}
    found = fails(play, server, f"endless {how}", state)
    assert found["code"] == "BUDGET"
    assert "expression" in found["message"]
    still_works(play, server)


def test_a_regular_expression_that_explodes_elsewhere_is_answered(play, server):
    state = {"name": "a", "type": "inject", "data": {}, "end": True}
    state["stateDataFilter"] = {"output": '${ {r: (("a" * 40) + "!" | test("(a+)+$"))} }'}
    server.save(play.flow("regular", state))
    assert server.result(server.begin("regular")) == {"r": False}


def test_a_definition_that_starts_itself_comes_to_an_end(play, server):
    found = fails(play, server, "self", operation({"name": "c", "subFlowRef": "self"}))
    assert found["code"] == "LIMIT"
    assert "child_depth" in found["message"]
    free = {"workflowId": "self async", "invoke": "async", "onParentComplete": "continue"}
    server.save(play.flow("self async", operation({"name": "c", "subFlowRef": free})))
    server.result(server.begin("self async"))
    query = "WorkflowName = 'self async' AND ExecutionStatus = 'Running'"
    play.wait_for(lambda: server.call("GET", f"{play.B1}/job/count", params={"query": query}).json() == "0", "the end")
    still_works(play, server)


def test_a_loop_without_end_leaves_room_for_others_and_can_be_ended(play, server):
    back = {"name": "b", "type": "inject", "data": {}, "transition": "a"}
    server.save(play.flow("loop", {"name": "a", "type": "inject", "data": {"x": 1}, "transition": "b"}, back))
    looping = server.begin("loop")
    for _ in range(3):
        still_works(play, server)
    assert server.status(looping) == "Running"
    server.call("POST", f"{play.B1}/job/{looping[0]}/runs/{looping[1]}/terminate", 200)
    assert server.events(looping)[-1]["eventType"] == "WorkflowExecutionTerminated"


# -- targets that must not be reached --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("127.0.0.1", 1, "loopback"),
        ("[::1]", 80, "loopback"),
        ("2130706433", 80, "loopback"),
        ("169.254.169.254", 80, "metadata"),
        ("[::ffff:169.254.169.254]", 80, "metadata"),
        ("0.0.0.0", 80, "never permitted"),
    ],
)
def test_addresses_that_activities_may_not_reach(play, server, host, port, told):
    name = f"to {host.strip('[]').replace(':', '-')} {port}"
    values = {"scheme": "http", "host": host, "port": port, "timeout": 5}
    server.resource_of(name, "generic.rest.resource.v1.0.0", values)
    found = fails(play, server, name, operation(play.rest("x", name)))
    assert found["code"] == "EGRESS_REFUSED"
    assert told in found["message"]


def test_the_servers_own_port_and_a_proxy_are_checked_alike(play, server, target):
    server.resource("Itself", server.port)
    assert fails(play, server, "itself", operation(play.rest("x", "Itself")))["code"] == "EGRESS_REFUSED"
    action = play.rest("x", "Target")
    proxy = {"resource": {"scheme": "http", "host": "169.254.169.254", "port": 80}}
    action["functionRef"]["arguments"]["config"]["proxy"] = proxy
    seen = len(target.seen)
    assert fails(play, server, "by proxy", operation(action))["code"] == "EGRESS_REFUSED"
    assert len(target.seen) == seen


def test_data_in_a_path_do_not_lead_out_of_it(play, server, target):
    server.resource("Part", target.port, basePath="/tenants/a")
    server.save(play.flow("path", operation(play.rest("devices/${ .name }", "Part"))))
    assert server.result(server.begin("path", {"name": "r1"}))["data"] == {"path": "/tenants/a/devices/r1"}
    for name in ("../../b", "..", "%2e%2e/%2E%2E/b", "r1\r\nx: y"):
        found = server.result(server.begin("path", {"name": name}))
        assert found["code"] == "INPUT_INVALID", (name, found)
    assert [asked["path"] for asked in target.seen if asked["path"].endswith("/b")] == []


# -- uploads ---------------------------------------------------------------------------------------------------------

MANIFEST = """
author: acme
vendor: acme
product: evil
version: 1.0.0
module: acme_evil
cwmsdk: "2.1"
"""


def archive(*members: tuple[tarfile.TarInfo | str, bytes], manifest: str = MANIFEST) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for member, data in ((("adapter.yaml", manifest.encode()),) if manifest else ()) + members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def special(kind: bytes, name: str = "src/x", link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


CODE = ("src/acme_evil/__init__.py", b"")
UPLOADS = {
    "not an archive": b"this is no archive at all",
    "empty": b"",
    "cut short": archive(CODE, ("src/acme_evil/a.py", os.urandom(100_000)))[:-50_000],
    "no manifest": archive(CODE, manifest=""),
    "manifest that is no YAML": archive(CODE, manifest="a: b: c"),
    "manifest with a bomb": archive(CODE, manifest=MANIFEST + "a: &a [x]\nb: [*a, *a]\n" + "c: [" * 500),
    "manifest without a version": archive(CODE, manifest=MANIFEST.replace("version: 1.0.0", "")),
    "manifest with a path as vendor": archive(CODE, manifest=MANIFEST.replace("vendor: acme", "vendor: ../../x")),
    "manifest with a path as version": archive(CODE, manifest=MANIFEST.replace("1.0.0", "1.0.0/../../x")),
    "manifest with a path as module": archive(CODE, manifest=MANIFEST.replace("module: acme_evil", "module: ../x")),
    "symbolic link": archive(CODE, (special(tarfile.SYMTYPE, link="/etc/passwd"), b"")),
    "hard link": archive(CODE, (special(tarfile.LNKTYPE, link="adapter.yaml"), b"")),
    "device": archive(CODE, (special(tarfile.CHRTYPE), b"")),
    "pipe": archive(CODE, (special(tarfile.FIFOTYPE), b"")),
    "path upwards": archive(CODE, ("../evil.py", b"x")),
    "path upwards inside": archive(CODE, ("src/../../evil.py", b"x")),
    "absolute path": archive(CODE, ("/tmp/evil.py", b"x")),
    "too many members": archive(CODE, *((f"src/n{n}", b"") for n in range(10_050))),
    "a member that is too large": archive(CODE, ("src/zeros", b"\0" * (257 * 1024 * 1024))),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(UPLOADS))
def test_a_hostile_upload_leaves_nothing_behind(play, server, what):
    def stored() -> list[str]:
        return sorted(str(path.relative_to(server.data)) for path in (server.data / "adapters").rglob("*"))

    before, listed = stored(), server.call("GET", f"{play.B1}/adapter", 200).content
    name = "cwm.v2.1.acme.evil.v1.0.0.tar.gz"
    reply = server.call("POST", f"{play.B2}/adapter", 400, files={"file": (name, UPLOADS[what], "application/gzip")})
    assert set(reply.json()) == {"code", "message", "detail"}
    assert "Traceback" not in reply.text
    assert stored() == before
    assert server.call("GET", f"{play.B1}/adapter", 200).content == listed
    assert not Path("/tmp/evil.py").exists()


@pytest.mark.parametrize(
    "code",
    [
        "raise RuntimeError('no')",
        "import os; os._exit(3)",
        "import nothing_of_this_name",
        "x = (",
        "",
        "print('no activity')",
    ],
)
def test_a_package_that_cannot_be_deployed_stays_undeployed_and_says_why(play, server, code):
    data = archive(CODE, ("src/acme_evil/a.py", code.encode()))
    upload = server.call("POST", f"{play.B1}/adapter?force=true", 201, files={"file": ("a.tar.gz", data)})
    assert upload.json() == "acme.evil.v1.0.0"
    reply = server.call("POST", f"{play.B1}/adapter/acme.evil.v1.0.0/deploy", 400, json={"createWorker": True}).json()
    assert reply["detail"] or reply["message"]
    found = server.call("GET", f"{play.B1}/adapter/acme.evil.v1.0.0", 200).json()
    assert (found["deployedStatus"], found["activities"]) == (False, [])
    server.call("GET", f"{play.B1}/worker/acme.evil.v1.0.0", 404)
    server.call("DELETE", f"{play.B1}/adapter/acme.evil.v1.0.0", 200)


# -- the machine -----------------------------------------------------------------------------------------------------


def refused_start(data: Path, port: int) -> str:
    """What a server says that does not come up: one line, no traceback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    done = subprocess.run(
        [sys.executable, "-m", "weft.cli", "serve", "--data-dir", str(data), "--port", str(port)],
        env=kept, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


def test_servers_that_cannot_start_say_why(play, server, tmp_path):
    assert "another server uses this database" in refused_start(server.data, play.free_port())
    assert "is taken by another program" in refused_start(tmp_path / "other", server.port)
    (tmp_path / "file").write_text("x")
    assert "is not a folder" in refused_start(tmp_path / "file", 0)
    (tmp_path / "odd" / "weft.db").mkdir(parents=True)
    assert "cannot be opened as the database" in refused_start(tmp_path / "odd", 0)
    still_works(play, server)


def small_refusal(play, server):
    """A refusal of a small record, at a moment when the server says that it cannot take work.

    What was too large a moment ago leaves room for some small ones, so it is filled until not even a page fits.
    """
    for number in range(1_000):
        body = {"workerName": f"w{number}", "activities": [play.REST]}
        reply = server.call("POST", f"{play.B1}/worker", json=body)
        assert reply.status_code in (201, 503), reply.text
        if reply.status_code == 503 and server.http.get("/readyz").status_code == 503:
            return reply
    raise AssertionError("the disk never filled")


def test_a_full_disk_refuses_clearly_and_loses_nothing(play, server):
    server.kill()
    largest = max(path.stat().st_size for path in server.data.glob("weft.db*")) + 400_000
    server.start(largest_file=largest)
    taken: list[tuple[int, tuple[str, str]]] = []
    refusals = 0
    for number in range(400):
        body = {"workflowName": "Well", "data": {"n": number, "filling": "x" * 20_000}}
        reply = server.call("POST", f"{play.B1}/job", json=body)
        if reply.status_code == 200:
            taken.append((number, (reply.json()["jobId"], reply.json()["runId"])))
            continue
        refusals += 1
        assert reply.status_code == 500, reply.text
        assert int(reply.headers["retry-after"]) >= 1
        assert "cannot be written" in reply.json()["message"]
        if refusals > 20:
            break
    assert refusals > 20
    assert taken
    assert int(small_refusal(play, server).headers["retry-after"]) >= 1
    assert server.call("GET", f"{play.B1}/job", 200).json()["executions"], "reading goes on"
    assert server.process is not None
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
    body = {"workflowName": "Well", "data": {"n": "after"}}
    play.wait_for(lambda: server.call("POST", f"{play.B1}/job", json=body).status_code == 200, "writing again", 20)
    for number, job in taken:
        assert server.result(job)["n"] == number
    play.wait_for(lambda: server.http.get("/readyz").status_code == 200, "ready again", 10)
    query = {"query": "ExecutionStatus = 'Running'"}
    assert server.call("GET", f"{play.B1}/job/count", 200, params=query).json() == "0"


def test_none_of_this_was_a_defect(server):
    assert "internal error" not in server.logged()
    assert "quarantine" not in server.logged()
    assert "Traceback" not in server.logged()


# -- a stop --------------------------------------------------------------------------------------------------------


def test_a_stop_does_not_wait_for_those_who_watch_a_job(play, tmp_path):
    with play.served(tmp_path) as server:
        server.save(play.flow("Long", {"name": "s", "type": "sleep", "duration": "PT1H", "end": True}))
        job, run = server.begin("Long")
        path = f"{play.B1}/job/{job}/runs/{run}/events?isLongPoll=true"
        with server.http.stream("GET", path, timeout=60) as answer:
            assert answer.status_code == 200
            server.process.terminate()
            found = json.loads(b"".join(answer.iter_bytes()))  # broken off, it would be no JSON
        assert server.process.wait(40) == 0
        assert found[0]["eventType"] == "WorkflowExecutionStarted"
