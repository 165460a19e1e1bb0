"""`call`: an adapter's activity, or a function of the document.

A call name is looked up as: a built-in protocol (refused in this version), an activity id
`[<vendor>.<product>.v<x.y.z>|.@latest.]<feature>.<Name>`, then a name in `use.functions`. An activity's `with` is
`{input, config}`, or else the input itself. A function is a task: `with` is its raw input, its own `input`, `output`
and `export` apply, its positions lie under `/use/functions/<name>`; cycles are refused.
"""

from __future__ import annotations

import re
from typing import Any

from weft.dsl.machine.program import DONE, ActivitySpec, ListSpec, Source
from weft.dsl.problems import pointer_of
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body
from weft.dsl.v10.places import BODY, names

PROTOCOLS = frozenset({"http", "grpc", "openapi", "asyncapi", "a2a", "mcp"})
SYSTEM = "system.function."
_ACTIVITY = re.compile(
    r"(?:[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,100}\.(?:v\d{1,9}\.\d{1,9}\.\d{1,9}|@latest)\.)?"
    r"[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,100}"
)


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """Lower a `call` task."""
    name = task["call"]
    where = f"{pointer}/call"
    if not isinstance(name, str):
        return None
    if name in PROTOCOLS:
        builder.unsupported(f"call-{name}", where, f"'call: {name}' is not supported; call an adapter's activity")
        return None
    if name in mapping(builder.use.get("functions")):
        return _function(builder, name, task, pointer, body)
    if _ACTIVITY.fullmatch(name):
        return _activity(builder, name, task, pointer, body)
    if "@" in name or "://" in name:
        builder.unsupported("catalog", where, "functions of catalogs and by URI are not supported")
        return None
    builder.error("ref-function", where, f"'{name}' is no activity id and no function in use.functions")
    return None


def _activity(builder: Builder, name: str, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    given = task.get("with")
    where = f"{pointer}/with"
    known = builder.ctx.options.adapters
    if known is not None and not known(name):
        builder.warn("ref-adapter", f"{pointer}/call", f"no adapter with activity '{name}' is deployed")
    shape: Any = {"input": {} if given is None else given}
    if isinstance(given, dict) and ("input" in given or "config" in given):
        shape = {key: given[key] for key in ("input", "config") if key in given}
        for key in given:
            if key not in shape:
                builder.warn("property-ignored", f"{where}{pointer_of(key)}", "only input and config are read here")
    arguments = builder.data(shape, names(BODY, body.frames), where)
    if arguments is None:
        return None
    return Lowered("activity", ActivitySpec(name, arguments, "system" if name.startswith(SYSTEM) else "adapter"))


def _function(builder: Builder, name: str, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    first = _function_body(builder, name, f"{pointer}/call", body)
    value: Source | None = None
    if "with" in task:
        value = builder.data(task["with"], names(BODY, body.frames), f"{pointer}/with")
    return None if first is None else Lowered("list", ListSpec(first, value))


def _function_body(builder: Builder, name: str, where: str, body: Body) -> int | None:
    # One body serves all calls of a function: the scope it runs in knows where to return to.
    if name in builder.calling:
        chain = " -> ".join([*builder.calling[builder.calling.index(name) :], name])
        builder.error("function-cycle", where, f"functions call each other in a circle: {chain}")
        return None
    known = builder.functions.get(name)
    if known is not None:
        return known
    number = builder.functions[name] = builder.number()
    builder.calling.append(name)
    definition = mapping(builder.use.get("functions")).get(name)
    inside = Body({}, DONE, frozenset(), -1, depth=body.depth + 1)
    builder.lower_task(builder, number, name, definition, f"/use/functions{pointer_of(name)}", inside)
    builder.calling.pop()
    return number


def check_functions(builder: Builder) -> None:
    """Lower the functions that nobody calls as well, so that their problems are found when they are saved."""
    for name in mapping(builder.use.get("functions")):
        if name not in builder.functions:
            _function_body(builder, name, f"/use/functions{pointer_of(name)}", Body({}, DONE, frozenset(), -1))
