"""Node kinds: one module each. Importing this package makes every kind known to the machine."""

from __future__ import annotations

from importlib import import_module

KINDS: tuple[str, ...] = (
    "lists",
    "transform",
    "choice",
    "activity",
    "child",
    "timer",
    "loop",
    "fan",
    "guard",
    "raising",
    "ending",
    "action",
    "foreach",
    "state",
    "task_choice",
    "task_loop",
    "task_fan",
    "task_calls",
    "task_people",
    "task_dynamic",
    "task_values",
    "task_run",
    "workflow_facts",
    "dag",
)

for _name in KINDS:
    import_module(f"{__name__}.{_name}")
