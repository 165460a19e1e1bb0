"""`python -m weft_adapter.discovery --fd N MODULE ADAPTER_ID`: import a package and say which activities it offers.

Runs in a process of its own, because importing an adapter runs foreign code. Writes one JSON object to the
descriptor: `{"activities": [ActivityInfo]}` or `{"error": "cause"}`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import msgspec

from weft_adapter.activities import ActivityInfo, AdapterError, collect


class Discovered(msgspec.Struct, omit_defaults=True):
    """The answer of a discovery: the activities, or why there are none."""

    activities: list[ActivityInfo] = []
    error: str = ""


def discover(module: str, adapter_id: str) -> Discovered:
    """Import the package in this process. Never raises for what the package does."""
    try:
        return Discovered([item.info for item in collect(module, adapter_id).values()])
    except AdapterError as error:
        return Discovered(error=str(error))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="weft_adapter.discovery")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("module")
    parser.add_argument("adapter_id")
    options = parser.parse_args(arguments)
    answer = msgspec.json.encode(discover(options.module, options.adapter_id))
    with os.fdopen(options.fd, "wb") as out:
        out.write(answer)
    return 0


if __name__ == "__main__":
    # Leaves without waiting for threads that the package may have started.
    _status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(_status)
