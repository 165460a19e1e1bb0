"""A states document compiled to a program: all semantic problems together, or the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.dsl.document.context import ChildRef, CompileContext
from weft.dsl.machine.durations import Duration
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import Delay, Program, RunSpec
from weft.dsl.machine.rules import RULES
from weft.dsl.machine.states import EventIn, EventWork, StateSpec
from weft.dsl.problems import Problem, errors_of
from weft.dsl.v08.draft import Draft, StatesDialect, object_of, text_of
from weft.dsl.v08.events import FORMS_SOURCE
from weft.dsl.v08.external import resolved
from weft.dsl.v08.flow import check_flow
from weft.dsl.v08.functions import read_functions
from weft.dsl.v08.lowering import Lowering
from weft.dsl.v08.schedule import check_schedule
from weft.dsl.v08.state import lower_state
from weft.dsl.v08.toplevel import Check, check_top, input_schema, secrets_of


def compile_states(
    doc: Mapping[str, Any], dialect: StatesDialect, ctx: CompileContext
) -> tuple[Program | None, list[Problem]]:
    """The program of a states document, or None with at least one problem of severity error.

    `doc` has its known keys folded to their canonical spelling. Never raises for anything a document holds.
    """
    document, problems = resolved(doc, ctx)
    draft = Draft(document, dialect)
    draft.problems.extend(problems)
    check_top(draft)
    check_flow(draft)
    start = draft.doc.get("start")
    if isinstance(start, dict):
        draft.problems.extend(check_schedule(cast("dict[str, Any]", start).get("schedule"), "/start/schedule"))
    lowering = Lowering(draft, read_functions(draft), ctx.options)
    for part in draft.states:
        lowering.states[part.index] = lowering.reserve()
    for part in draft.states:
        lower_state(part, lowering.states[part.index], lowering)
    run = _run_spec(lowering)
    _check_children(lowering, ctx)
    first = draft.start()
    if errors_of(draft.problems) or first is None or None in lowering.nodes:
        return None, draft.problems
    nodes = lowering.finished()
    program = Program(
        digest=ctx.digest,
        dialect=dialect,
        identity=_identity(draft),
        nodes=nodes,
        root=lowering.states[first.index],
        rules=RULES[dialect],
        run=run,
        document=doc,
        constants=object_of(draft.doc, "constants"),
        secrets=secrets_of(draft),
        positions={node.position: node.index for node in nodes if node.kind != "line"},
        tables={"exits": tuple(lowering.exits), "id": text_of(draft.doc, "id")},
    )
    return program, draft.problems


def _identity(draft: Draft) -> Identity:
    """0.8: `id` (or `key`) and version; 0.9 and CWM: name and version. A missing version of 0.9 is `latest`."""
    doc = draft.doc
    name = text_of(doc, "name")
    if draft.dialect == "v08":
        name = text_of(doc, "id") or text_of(doc, "key") or name
    return Identity(name=name, version=draft.version or ("latest" if draft.v09 else ""))


def _run_spec(lowering: Lowering) -> RunSpec:
    draft = lowering.draft
    check, warn_only = input_schema(draft, "dataInputSchema")
    output_check: Check | None = None
    output_warn = False
    if draft.v09:
        output_check, output_warn = input_schema(draft, "dataOutputSchema")
    limit: Any = object_of(draft.doc, "timeouts").get("workflowExecTimeout")
    where = "/timeouts/workflowExecTimeout"
    body = cast("dict[str, Any]", limit) if isinstance(limit, dict) else {}
    if body:
        limit, where = body.get("duration"), where + "/duration"
    duration = lowering.duration(limit, where)
    if duration is None and isinstance(limit, str):
        duration = Duration()  # no limit, and none by default
    before = text_of(body, "runBefore")
    interrupt = body.get("interrupt")
    key = lowering.expr(draft.doc.get("key"), "/key") if draft.v09 else None
    lowering.no_secrets(key, "/key", "a business key")
    return RunSpec(
        input_check=check,
        warn_only=warn_only,
        output_check=output_check,
        output_warn_only=output_warn,
        timeout=None if duration is None else Delay(fixed=duration),
        # the time limit of a job of CWM cancels everything unless it is told not to
        interrupt=interrupt is not False if draft.cwm else interrupt is True,
        run_before=lowering.target(before) if before and draft.state(before) is not None else -1,
        keep_active=draft.doc.get("keepActive") is True,
        business_key=key,
        standing=_standing(lowering),
    )


def _standing(lowering: Lowering) -> tuple[EventIn, ...]:
    """The events that are listened to from the start of the run: in CWM all that its states consume; elsewhere
    those of an event start state whose run stays active."""
    draft = lowering.draft
    if draft.cwm:
        # a form is asked for when its task is open, never before
        return tuple(event for event in lowering.consumed.values() if event.source != FORMS_SOURCE)
    first = draft.start()
    if draft.doc.get("keepActive") is not True or first is None:
        return ()
    node = lowering.nodes[lowering.states[first.index]]
    work = node.spec.work if node is not None and isinstance(node.spec, StateSpec) else None
    return work.events if isinstance(work, EventWork) else ()


def _check_children(lowering: Lowering, ctx: CompileContext) -> None:
    """Sub-workflows must exist in CWM; elsewhere they may be saved later."""
    if ctx.children is None:
        return
    draft = lowering.draft
    for name, version, where in lowering.children:
        if "${" not in name and not ctx.children(ChildRef(name, version, dialect=draft.dialect)):
            what = f"{name} {version}".strip()
            report = draft.error if draft.cwm else draft.warning
            report("ref-subflow", where, f"no definition {what!r} is stored")
