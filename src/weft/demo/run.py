"""`weft demo`: the main job of each product on real processes, and a check of what it really did."""

from __future__ import annotations

from pathlib import Path

from weft.demo import cwm, workflow_execution, workflowsvc
from weft.demo.stage import Show, play

SHOWS: dict[str, Show] = {
    "cwm": cwm.show,
    "workflowsvc": workflowsvc.show,
    "workflow-execution": workflow_execution.show,
}


def main(dialect: str = "cwm", *, keep: bool = False, folder: Path | None = None) -> int:
    """Run the demo of an API; 0 only if its effects are really there."""
    return play(SHOWS[dialect], keep=keep, folder=folder)
