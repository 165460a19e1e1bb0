"""The document of 1.0: everything around the tasks, and the finished program."""

from __future__ import annotations

from typing import Any

from weft.dsl.document.context import CompileContext
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import Node, Program, RunSpec
from weft.dsl.machine.rules import RULES
from weft.dsl.problems import Problem, errors_of, pointer_of
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.calls import check_functions
from weft.dsl.v10.lists import lower_list
from weft.dsl.v10.places import EVERYWHERE, LAST, names
from weft.dsl.v10.tasks import lower_task, lower_timeout


def compile_tasks(doc: dict[str, Any], ctx: CompileContext) -> tuple[Program | None, list[Problem]]:
    """Lower a 1.0 document. The program is None if there is any error. Never raises for what a document holds."""
    builder = Builder(doc, ctx, lower_task)
    _refuse(builder)
    root = lower_list(builder, doc.get("do"), "/do", parent=-1, frames=frozenset(), depth=0)
    check_functions(builder)
    run = _run_spec(builder)
    if errors_of(builder.problems) or any(node is None for node in builder.nodes):
        return None, builder.problems
    nodes = tuple(node for node in builder.nodes if isinstance(node, Node))
    program = Program(
        digest=ctx.digest,
        dialect="v10",
        identity=_identity(doc),
        nodes=nodes,
        root=root,
        rules=RULES["v10"],
        run=run,
        machine=ctx.options.machine,
        document=doc,
        secrets=_secrets(builder.use),
        positions={node.position: node.index for node in nodes},
    )
    return program, builder.problems


def _secrets(use: dict[str, Any]) -> tuple[str, ...]:
    """The names declared; what the schema has already found fault with is left out."""
    names = use.get("secrets")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _identity(doc: dict[str, Any]) -> Identity:
    head = mapping(doc.get("document"))
    name, version, namespace = (head.get(key) for key in ("name", "version", "namespace"))
    return Identity(str(name or ""), str(version or ""), str(namespace or ""))


def _run_spec(builder: Builder) -> RunSpec:
    doc = builder.doc
    entering, leaving = mapping(doc.get("input")), mapping(doc.get("output"))
    first = None
    if "from" in entering:
        first = builder.source(entering["from"], names(EVERYWHERE), "/input/from")
    last = builder.source(leaving["as"], names(LAST), "/output/as") if "as" in leaving else None
    return RunSpec(
        input_check=builder.schema(entering, "/input"),
        input_from=first,
        output_as=last,
        output_check=builder.schema(leaving, "/output"),
        timeout=lower_timeout(builder, doc.get("timeout"), "/timeout", frozenset()),
    )


def _refuse(builder: Builder) -> None:
    # What would have to be executed and is not: refused at the exact key.
    use = builder.use
    for key, what in (("extensions", "extension"), ("catalogs", "catalog")):
        if use.get(key):
            builder.unsupported(what, f"/use/{key}", f"{key} are not supported by this version")
    if "on" in mapping(builder.doc.get("schedule")):
        builder.unsupported("schedule-on", "/schedule/on", "starting runs by events is not supported by this version")
    language = mapping(builder.doc.get("evaluate")).get("language", "jq")
    if isinstance(language, str) and language != "jq":
        builder.unsupported("expression-language", "/evaluate/language", f"expressions are jq, not '{language}'")
    secrets = use.get("secrets")
    listed: list[Any] = secrets if isinstance(secrets, list) else []
    for index, name in enumerate(listed):
        if isinstance(name, str) and ("/" in name or not 1 <= len(name) <= 255):
            builder.error("name-pattern", f"/use/secrets{pointer_of(index)}", "names have 1 to 255 characters, no '/'")
