"""Which activities an unpacked adapter offers: its package is imported in a child process, never in the server."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from weft.ports.workers import ActivityInfo, DeployFailed
from weft.workers.children import PipeReader, run
from weft_adapter.discovery import Discovered
from weft_adapter.manifest import Manifest

IMPORT_SECONDS = 60.0
MAX_ANSWER = 16 * 1024 * 1024
MEMORY = 2 * 1024 * 1024 * 1024


def discover(
    python: Path, manifest: Manifest, home: Path, *, seconds: float = IMPORT_SECONDS
) -> tuple[ActivityInfo, ...]:
    """The activities of the adapter that the interpreter `python` can import, ordered by id.

    Blocks: call it in a thread. Raises DeployFailed with the cause if the package cannot be imported, takes longer
    than `seconds`, or offers nothing.
    """
    reading, writing = os.pipe()
    reader = PipeReader(reading, MAX_ANSWER)
    try:
        ran = run(
            [
                str(python), "-I", "-m", "weft_adapter.discovery", "--fd", str(writing),
                manifest.module, manifest.adapter_id,
            ],
            home,
            seconds,
            pass_fds=[writing],
            memory=MEMORY,
        )  # fmt: skip
    finally:
        os.close(writing)
    answer = reader.result()
    if ran.status is None:
        raise _failed(manifest, f"importing {manifest.module} took longer than {seconds:g} s")
    if len(answer) > MAX_ANSWER:
        raise _failed(manifest, f"the schemas of the activities are larger than {MAX_ANSWER} bytes")
    try:
        found = msgspec.json.decode(answer, type=Discovered)
    except (msgspec.DecodeError, RecursionError):
        last = ran.output.splitlines()[-1:] or [f"exit status {ran.status}"]
        raise _failed(manifest, f"importing {manifest.module} ended the process: {last[0][:500]}") from None
    if found.error:
        raise _failed(manifest, found.error)
    return tuple(sorted(_checked(found.activities, manifest), key=lambda item: item.id))


def _checked(activities: list[ActivityInfo], manifest: Manifest) -> list[ActivityInfo]:
    """The answer came from foreign code: an id must be of this adapter and fit its parts."""
    for item in activities:
        expected = f"{manifest.adapter_id}.{item.package_name}.{item.name}"
        if item.id != expected or item.adapter_id != manifest.adapter_id:
            raise _failed(manifest, f"an activity calls itself {item.id[:200]!r}, not {expected[:200]!r}")
    if not activities:
        raise _failed(manifest, f"no function in {manifest.module} is marked with @activity")
    return activities


def _failed(manifest: Manifest, cause: str) -> DeployFailed:
    return DeployFailed(f"adapter {manifest.adapter_id} cannot be deployed", [cause], code="discovery")
