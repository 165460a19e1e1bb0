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
)

for _name in KINDS:
    import_module(f"{__name__}.{_name}")
