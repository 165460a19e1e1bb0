"""`run`: another definition as a child; the processes are refused."""

from __future__ import annotations

from typing import Any

from weft.dsl.document.context import ChildRef
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import ChildSpec
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body
from weft.dsl.v10.places import BODY, names

PROCESSES = ("container", "script", "shell")


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """Lower `run.workflow`: version `latest` is the newest when the child starts."""
    run = mapping(task["run"])
    for process in PROCESSES:
        if process in run:
            builder.unsupported(f"run-{process}", f"{pointer}/run/{process}", f"running a {process} is not supported")
    child = run.get("workflow")
    if not isinstance(child, dict):
        return None
    name, namespace, version = (_text(child, key) for key in ("name", "namespace", "version"))
    if not name:
        return None
    version = "" if version == "latest" else version
    where = f"{pointer}/run/workflow"
    exists = builder.ctx.children
    if exists is not None and not exists(ChildRef(name, version, namespace, "v10")):
        builder.warn("ref-subflow", where, f"no workflow '{namespace}.{name}' {version} is saved yet")
    value = None
    if "input" in child:
        value = builder.data(child["input"], names(BODY, body.frames), f"{where}/input")
    return Lowered("child", ChildSpec(Identity(name, version, namespace), value, run.get("await") is False))


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
