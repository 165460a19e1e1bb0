"""Every documented operation with made-up bodies and parameters: whatever comes, no answer is a defect.

The examples come from the served OpenAPI documents; an answer 500, or a line about an internal error in the server's
log, fails the test. `WEFT_EXAMPLES` multiplies the number of examples.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

EXAMPLES = 4 * int(os.environ.get("WEFT_EXAMPLES", "1"))
LOGIN = ("admin", "password1")
READY_S = 60.0


class Server:
    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
        command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", str(home / "data"), "--port", str(port)]
        with self.log.open("wb") as out:
            env = {**kept, "WEFT_ADMIN_PASSWORD": LOGIN[1]}
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
        deadline = time.monotonic() + READY_S
        while True:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(40)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().split("\n") if line.startswith("{")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("fuzz"))
    yield server
    server.stop()


def document_of(server: Server, mount: str) -> dict[str, object]:
    """The document without its security: the key that is sent is the one to use. Keys themselves stay untouched."""
    document = httpx.get(f"{server.url}{mount}/openapi.json").json()
    document.pop("security")
    del document["components"]["securitySchemes"]
    document["paths"] = {path: item for path, item in document["paths"].items() if "token" not in path}
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return document


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mount", ["/api/weft/v1", "/crosswork/cwm/v1", "/crosswork/sso"])
def test_no_answer_is_a_defect(server: Server, tmp_path: Path, mount: str) -> None:
    body = {"name": f"fuzz {mount.replace('/', ' ')}", "roles": ["admin"]}
    made = httpx.post(f"{server.url}/api/weft/v1/tokens", auth=LOGIN, json=body)
    key = made.json()["key"]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document_of(server, mount)))
    before = len(server.lines())
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", str(file), "--url", f"{server.url}{mount}",
        "-H", f"X-API-Key: {key}", "--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--request-timeout", "30",
        "--checks", "not_a_server_error", "--suppress-health-check", "all",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False, cwd=tmp_path)
    lines = server.lines()[before:]
    asked = [line for line in lines if line["event"] == "request"]
    assert len(asked) > EXAMPLES, done.stdout[-2000:] + done.stderr[-2000:]
    assert [line for line in lines if line["event"] == "internal error"] == []
    assert [line for line in asked if line["status"] == 500] == []
