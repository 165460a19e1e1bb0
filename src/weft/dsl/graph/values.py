"""Tasks that compute, tell or end: variables, programs, events, the end of the run."""

from __future__ import annotations

from weft.dsl.graph.builder import Keys
from weft.dsl.graph.calls import computed, inputs_of
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.tasklist import ListDraft, Task
from weft.dsl.machine.core import Raised
from weft.dsl.machine.nodes.task_values import CHANNELS, EventWork, ValueWork, type_of
from weft.dsl.machine.program import Source


def lower_variables(draft: ListDraft, task: Task, number: int) -> Lowered:
    """Every input becomes a variable of the run."""
    return Lowered("task-variables", None)


def lower_inline(draft: ListDraft, task: Task, number: int) -> Lowered | None:
    """A jq program, or the name of an input, from `expression` of the inputs or beside them."""
    given = inputs_of(task)
    holder = given if given.has("expression") else task.keys
    kind = (given if given.has("evaluatorType") else task.keys).get("evaluatorType", "jq")
    if not holder.has("expression"):
        draft.builder.error("property-missing", given.pointer, "an INLINE task needs 'expression'")
        return None
    where = holder.at("expression")
    text = holder.get("expression")
    hidden = ("expression", "_expression", "evaluatorType", "_evaluatorType")
    if kind == "value-param":
        return Lowered("task-value", ValueWork(named_input(str(text))), hidden)
    if kind != "jq":
        at = (given if given.has("evaluatorType") else task.keys).at("evaluatorType")
        draft.builder.error("unsupported-evaluator", at, f"an INLINE task is jq or value-param, not '{str(kind)[:40]}'")
        return None
    source = draft.builder.program(text, where)
    return None if source is None else Lowered("task-value", ValueWork(without(source, hidden)), hidden)


def lower_jq(draft: ListDraft, task: Task, number: int) -> Lowered | None:
    """All results of a jq program."""
    given = inputs_of(task)
    holder = given if given.has("queryExpression") else task.keys
    if not holder.has("queryExpression"):
        draft.builder.error("property-missing", given.pointer, "a JSON_JQ_TRANSFORM needs 'queryExpression'")
        return None
    hidden = ("queryExpression", "_queryExpression")
    source = draft.builder.program(holder.get("queryExpression"), holder.at("queryExpression"), "all")
    return None if source is None else Lowered("task-value", ValueWork(without(source, hidden), "list"), hidden)


def lower_event(draft: ListDraft, task: Task, number: int) -> Lowered | None:
    """An event with the inputs as payload."""
    keys = task.keys
    sink = keys.get("sink", "conductor")
    if not isinstance(sink, str):
        draft.builder.shape("type", keys.at("sink"), "a sink is text")
        return None
    if not computed(sink) and not _known_sink(draft, sink, keys.at("sink"), task.name):
        return None
    source = draft.builder.data(sink, draft.roots(), keys.at("sink"))
    return None if source is None else Lowered("task-event", EventWork(source))


def _known_sink(draft: ListDraft, sink: str, where: str, task: str) -> bool:
    """Whether a sink that is written out can be emitted to."""
    try:
        kind = type_of(sink, "", task)
    except Raised as problem:
        draft.builder.error("enum", where, problem.fault.detail)
        return False
    known = draft.builder.ctx.options.sinks
    if known is None:
        return True
    if sink.startswith(CHANNELS):
        message = f"'{sink[:60]}' is a channel: events leave through event types here, write 'event:<type>'"
        draft.builder.error("unsupported-sink", where, message)
        return False
    if sink.startswith("event:") and not known(kind):
        draft.builder.error("ref-event-type", where, f"no produced event type is named '{kind[:100]}'")
        return False
    return True


def lower_end(draft: ListDraft, task: Task, number: int) -> Lowered:
    """The end of the run."""
    given: Keys = inputs_of(task)
    status = given.get("terminationStatus")
    if status is None:
        draft.builder.error("property-missing", given.pointer, "a TERMINATE needs 'terminationStatus'")
    elif not isinstance(status, str) or (not computed(status) and status not in _STATUS):
        draft.builder.error("enum", given.at("terminationStatus"), "it is COMPLETED, FAILED or TERMINATED")
    return Lowered("task-end", None)


_STATUS = ("COMPLETED", "FAILED", "TERMINATED")


def named_input(key: str) -> Source:
    """The member of the input with that name, null without it."""
    return Source(lambda value, _vars, _budget: value.get(key) if isinstance(value, dict) else None, (), key)


def without(source: Source, hidden: tuple[str, ...]) -> Source:
    """A program whose input is the task's input without the members that hold the program."""
    run = source.evaluate

    def evaluate(value: object, vars: tuple[object, ...], budget: object) -> object:
        if isinstance(value, dict):
            value = {key: item for key, item in value.items() if key not in hidden}
        return run(value, vars, budget)

    return Source(evaluate, source.needs, source.text)
