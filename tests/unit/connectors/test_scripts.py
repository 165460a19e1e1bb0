"""The task that runs scripts, with real processes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from weft.connectors.failures import AttemptFailed

pytestmark = pytest.mark.anyio
SCRIPT = "tasklist:SCRIPT_EXECUTION"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "default" / "ops").mkdir(parents=True)
    return tmp_path


def install(folder: Path, name: str, text: str) -> None:
    (folder / "default" / "ops" / name).write_text(text)


async def failed(desk, input, **more) -> AttemptFailed:
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(SCRIPT, input, **more)
    return caught.value


async def inline(desk, script: str, language: str = "python", **more):
    return await desk.run(SCRIPT, {"_script": script, "_language": language, **more})


@pytest.fixture
def free(desk):
    """Scripts in definitions are on."""
    desk.scripts(enabled=True, inline=True)
    return desk


async def test_what_is_off_stays_off(desk, folder):
    assert (await failed(desk, {"_userType": "ops", "_scriptName": "x"})).code == "TASK_TYPE_DISABLED"
    desk.scripts(enabled=True, folder=folder)
    problem = await failed(desk, {"_script": "1", "_language": "python"})
    assert problem.code == "TASK_TYPE_DISABLED" and not problem.retryable


@pytest.mark.parametrize("name", ["echo.py", "echo"])
async def test_an_installed_script(desk, folder, name):
    desk.scripts(enabled=True, folder=folder)
    install(folder, "echo.py", "import json,sys\njson.dump(json.load(sys.stdin), sys.stdout)\n")
    input = {"_userType": "ops", "_scriptName": name, "site": "north", "_n": 1}
    output = await desk.run(SCRIPT, input, config={"task": "t1"})
    assert output["input"] == {"site": "north", "_n": 1}
    context = output["context"]
    assert context["workflowId"] == "job-1" and context["attemptId"] == "attempt-1"
    assert context["namespace"] == "default" and len(context["taskId"]) == 36


@pytest.mark.parametrize(
    ("language", "script"),
    [
        ("python", "print('[1]')"),
        ("javascript", "console.log(JSON.stringify([1]))"),
        ("shell", "echo '[1]'"),
    ],
)
async def test_three_languages_and_what_is_no_object(free, language, script):
    assert await inline(free, script, language) == {"result": [1]}


async def test_an_exit_code_fails_with_standard_error(free):
    problem = await failed(free, {"_script": "echo no luck >&2; exit 3", "_language": "shell"})
    assert problem.code == "SCRIPT_FAILED" and problem.retryable and problem.message == "no luck"
    problem = await failed(free, {"_script": "exit 3", "_language": "shell"})
    assert "exit code 3" in problem.message


@pytest.mark.parametrize("script", ["echo nothing", "echo", "echo '{\"a\":1} 2'", "printf '[%0200d' 1", "echo NaN"])
async def test_no_json_fails(free, script):
    problem = await failed(free, {"_script": script, "_language": "shell"})
    assert problem.code == "SCRIPT_FAILED" and problem.retryable


async def test_more_than_a_mebibyte_fails_at_once(free):
    problem = await failed(
        free, {"_script": "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "_language": "shell"}
    )
    assert "more than" in problem.message and problem.code == "SCRIPT_FAILED"


async def test_the_time_limit_ends_everything_that_was_started(free, tmp_path):
    script = "import subprocess,sys,time\nsubprocess.Popen(['sleep','300'],start_new_session=True)\ntime.sleep(300)\n"
    before = sleepers()
    problem = await failed(free, {"_script": script, "_language": "python", "_timeout": 0.8})
    assert problem.code == "TIMEOUT" and problem.retryable
    assert sleepers() <= before


def sleepers() -> set[int]:
    """Processes `sleep 300` on this machine."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.joinpath("cmdline").read_bytes().startswith(b"sleep\x00300"):
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


async def test_the_environment_and_the_folder_are_empty(free):
    os.environ["WEFT_CANARY"] = "secret"
    try:
        script = (
            "import json,os\nprint(json.dumps({'env': dict(os.environ), 'files': os.listdir('.'), 'uid': os.getuid()}))"
        )
        output = await inline(free, script)
    finally:
        del os.environ["WEFT_CANARY"]
    assert set(output["env"]) <= {"PATH", "HOME", "TMPDIR", "LANG", "TZ", "LC_CTYPE"}
    assert output["files"] == [] and output["uid"] != 0


async def test_no_network(free, web):
    script = (
        "import json,socket\n"
        f"try:\n socket.create_connection(('127.0.0.1', {web.port}), 2)\n print('\"reached\"')\n"
        "except OSError as error:\n print(json.dumps(str(error)))\n"
    )
    assert "reached" not in (await inline(free, script))["result"]
    free.scripts(enabled=True, inline=True, network=True)
    assert (await inline(free, script))["result"] == "reached"


async def test_memory_is_limited(free):
    free.scripts(enabled=True, inline=True, memory_bytes=128 << 20)
    problem = await failed(free, {"_script": "a = 'x' * (1 << 29)\nprint(1)", "_language": "python"})
    assert "MemoryError" in problem.message


async def test_the_server_s_folder_is_hidden(free, tmp_path):
    (tmp_path / "master.key").write_text("k")
    tmp_path.chmod(0o755)
    free.scripts(enabled=True, inline=True, hidden=tmp_path)
    problem = await failed(free, {"_script": f"cat {tmp_path}/master.key", "_language": "shell"})
    assert "denied" in problem.message or "No such file" in problem.message


@pytest.mark.parametrize(
    "input",
    [
        {},
        {"_userType": "ops"},
        {"_userType": "..", "_scriptName": "x"},
        {"_userType": "ops", "_scriptName": "../x"},
        {"_userType": "ops", "_scriptName": "a/b"},
        {"_script": "x", "_language": "cobol"},
        {"_script": "x", "_language": "shell", "_timeout": "soon"},
    ],
)
async def test_wrong_input(desk, folder, input):
    desk.scripts(enabled=True, inline=True, folder=folder)
    assert (await failed(desk, input)).code == "INPUT_INVALID"


async def test_what_is_not_installed(desk, folder, tmp_path_factory):
    desk.scripts(enabled=True)
    assert (await failed(desk, {"_userType": "ops", "_scriptName": "x"})).code == "SCRIPT_NOT_FOUND"
    desk.scripts(enabled=True, folder=folder)
    outside = tmp_path_factory.mktemp("outside") / "x.py"
    outside.write_text("print(1)")
    (folder / "default" / "ops" / "x.py").symlink_to(outside)
    install(folder, "binary.exe", "x")
    for name in ("x", "x.py", "binary.exe", "binary"):
        problem = await failed(desk, {"_userType": "ops", "_scriptName": name})
        assert problem.code == "SCRIPT_NOT_FOUND" and not problem.retryable


async def test_a_graph_s_script_has_its_value_as_output(desk, folder):
    desk.scripts(enabled=True, folder=folder)
    install(folder, "one.sh", "cat")
    output = await desk.run("graph:script", {"userType": "ops", "scriptName": "one", "a": 1})
    assert json.loads(json.dumps(output))["input"] == {"a": 1}


async def test_a_graph_s_script_may_give_any_value(desk, folder):
    desk.scripts(enabled=True, folder=folder)
    install(folder, "list.sh", "echo '[1]'")
    assert await desk.run("graph:script", {"userType": "ops", "scriptName": "list"}) == [1]
    assert await desk.run("tasklist:SCRIPT_EXECUTION", {"_userType": "ops", "_scriptName": "list"}) == {"result": [1]}
