"""The 3-activity workflow on DBOS and SQLite, with the settings that serve DBOS best.

Its "500 in flight" is measured at the concurrency where it is fastest (8 threads; more only queue up).
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.environments import python_of
from benchmarks.rows import row

WORK = "workflow of 3 no-op activities"
PEERS = Path(__file__).parent / "peers"


def run() -> list[dict[str, Any]]:
    python = python_of("dbos")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), str(PEERS / "dbos_noop.py"), str(Path(folder) / "peer.db")]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600).stdout
    found = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [row(WORK, "DBOS", one["mode"], per_second=one["per_second"], p50_ms=one["p50_ms"]) for one in found]
