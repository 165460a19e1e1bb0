"""`make bench`: every benchmark in turn; prints one table and writes benchmarks/results.json.

    python -m benchmarks.main [NAME ...] [--no-peers]

A benchmark is a module with `run() -> list of rows`. Each runs in a process of its own, so that one's memory and
threads are not another's noise. What cannot run says so and fails the whole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from typing import Any

from benchmarks import rows

NAMES = ("expr", "machine", "engine", "worker", "rest", "schedules", "listed")
PEERS = ("peer_dbos", "peer_prefect")


def one(name: str) -> None:
    """In a child process: run a benchmark, its rows as the last line of output."""
    found = importlib.import_module(f"benchmarks.{name}").run()
    print("ROWS " + json.dumps(found), flush=True)


def measure(name: str) -> list[dict[str, Any]]:
    started = time.monotonic()
    print(f"== {name}", flush=True)
    done = subprocess.run([sys.executable, "-m", "benchmarks.main", "--one", name], stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    last = next((line for line in reversed(lines) if line.startswith("ROWS ")), None)
    if done.returncode or last is None:
        print("\n".join(lines[-20:]))
        raise SystemExit(f"benchmark {name} failed with exit code {done.returncode}")
    found = json.loads(last.removeprefix("ROWS "))
    print(f"   {len(found)} rows in {time.monotonic() - started:.0f} s", flush=True)
    return found


def with_ratios(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Weft's rates over those of each peer, for the same work and mode."""
    extra: list[dict[str, Any]] = []
    for peer in found:
        if peer["system"] in ("DBOS", "Prefect"):
            for ours in found:
                same = (ours["work"], ours["mode"]) == (peer["work"], peer["mode"]) and ours["system"] == "Weft"
                if same and peer["per_second"]:
                    ratio = ours["per_second"] / peer["per_second"]
                    target = {"DBOS": 10, "Prefect": 100}[peer["system"]]
                    more = {"target": f">= {target}x", "met": ratio >= target} if "flight" in peer["mode"] else {}
                    system = f"Weft beside {peer['system']}"
                    extra.append(rows.row(peer["work"], system, peer["mode"], ratio=ratio, **more))
    return found + extra


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES + PEERS)}; all by default")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the results although names are given")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one)
        return
    names = options.names or [*NAMES, *(() if options.no_peers else PEERS)]
    found = with_ratios([line for name in names for line in measure(name)])
    print(rows.show(found))
    if options.write or not options.names:
        rows.write(found)
        print(f"written to {rows.RESULTS}")


if __name__ == "__main__":
    main()
