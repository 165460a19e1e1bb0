"""The finished program of a list or graph."""

from __future__ import annotations

from typing import Any

from weft.dsl.document.context import CompileContext, Dialect
from weft.dsl.graph.builder import Builder, Keys, mapping
from weft.dsl.graph.concealed import put_in
from weft.dsl.graph.graphs import lower_graph
from weft.dsl.graph.start import TABLE, ListStart, graph_start, list_start
from weft.dsl.graph.tasklist import DEFINITION_KEYS, lower_tasklist
from weft.dsl.machine.durations import Duration
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.nodes.task_run import ListRun
from weft.dsl.machine.program import Delay, Node, Program, RunSpec
from weft.dsl.machine.rules import RULES
from weft.dsl.problems import Problem, errors_of

MAX_TIMEOUT_S = 31_536_000
FIRST_VERSION = "1.0.0"
"""The version of a definition that says none: a server counts revisions and names the version by them."""


def compile_list(doc: dict[str, Any], dialect: Dialect, ctx: CompileContext) -> tuple[Program | None, list[Problem]]:
    """Lower a definition of dialect `tasklist` or `graph`. The program is None if there is any error. Never raises for
    what a document holds."""
    builder = Builder(ctx)
    if dialect == "tasklist":
        output = lower_tasklist(builder, doc)
        run, timeout, start = _list_run(builder, doc)
    else:
        lower_graph(builder, doc)
        output, run, timeout = None, ListRun(), None
        start = graph_start(builder, doc)
    if errors_of(builder.problems) or any(node is None for node in builder.nodes):
        return None, builder.problems
    nodes = tuple(node for node in builder.nodes if isinstance(node, Node))
    tables = {"run": run, TABLE: start}
    return _finished(builder, doc, nodes, tables, RunSpec(output_as=output, timeout=timeout)), builder.problems


def _finished(
    builder: Builder, doc: dict[str, Any], nodes: tuple[Node, ...], tables: dict[str, Any], spec: RunSpec
) -> Program:
    ctx = builder.ctx
    name = doc.get("_name", doc.get("name"))
    return Program(
        digest=ctx.digest,
        dialect=ctx.dialect,
        identity=Identity(name if isinstance(name, str) else "", FIRST_VERSION),
        nodes=nodes,
        root=0,
        rules=RULES[ctx.dialect],
        run=spec,
        machine=ctx.options.machine,
        document=doc,
        secrets=tuple(builder.secrets),
        positions={node.position: node.index for node in nodes},
        tables=tables,
    )


def _list_run(builder: Builder, doc: dict[str, Any]) -> tuple[ListRun, Delay | None, ListStart]:
    keys = Keys(builder, doc, "", DEFINITION_KEYS)
    seconds = keys.whole("timeoutSeconds", 0, 0, MAX_TIMEOUT_S)
    policy = keys.text("timeoutPolicy", "TIME_OUT_WF")
    if policy not in ("TIME_OUT_WF", "TIMED_OUT_WF", "ALERT_ONLY"):
        builder.shape("enum", keys.at("timeoutPolicy"), "'timeoutPolicy' is TIME_OUT_WF, ALERT_ONLY or null")
    template = mapping(keys.mapping("inputTemplate"))
    variables = mapping(keys.mapping("variables"))
    if variables and put_in(variables, "") != variables:
        builder.error("secret-leak", keys.at("variables"), "a secret value may only stand in the inputs of calls")
    run = ListRun(
        template=put_in(template, builder.ctx.options.bundle, keys.at("inputTemplate")) if template else {},
        variables=variables,
        alert_only=policy == "ALERT_ONLY",
    )
    return run, Delay(Duration(seconds * 1000)) if seconds else None, list_start(builder, keys)
