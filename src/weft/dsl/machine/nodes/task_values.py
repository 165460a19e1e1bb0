"""Tasks that only compute, tell, or end the run: values, variables, events, the end."""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from weft.dsl.expr import to_json_text
from weft.dsl.machine import waits
from weft.dsl.machine.commands import CompleteRun, TerminateRun
from weft.dsl.machine.core import Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.emit import cloud_event
from weft.dsl.machine.nodes.task import ListedTask, TaskNode, end_failed, invalid
from weft.dsl.machine.nodes.task_people import WHOLE, open_answer, read_answer
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.refusals import check_event
from weft.dsl.machine.scopes import end_run
from weft.dsl.machine.sizes import shown
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.states import EventOut
from weft.dsl.machine.variables import evaluate, refuse_sealed

MAX_VARIABLES = 256 * 1024
OWN_SINK = "conductor"
"""The sink of events that are named after the definition; they need not be declared."""
CHANNELS = ("kafka:", "amqp:", "amqp_queue:", "amqp_exchange:", "mqtt:", "http:", "nats:")


class ValueWork(msgspec.Struct, frozen=True):
    """What is computed on the evaluated input (None: the input itself is the output).

    `shape`: the output is `{"result": v}`, that with all results as `resultList`, or the value as it is.
    """

    source: Source | None = None
    shape: Literal["result", "list", "plain"] = "result"


class EventWork(msgspec.Struct, frozen=True):
    """An event. `sink` gives where to: `event:<type>`, a channel such as `kafka:x`, `conductor`, `conductor:x`.

    `plain`: the input is `{type, data}` and the output `{"eventId"}`.
    """

    sink: Source | None = None
    plain: bool = False


@register
class TaskValue(TaskNode):
    """See `ValueWork`."""

    kind = "task-value"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: ValueWork = spec.work
        if work.source is None:
            self.ended(turn, token, node, spec, value)
            return
        found = evaluate(turn, token, work.source, value)
        if work.shape == "list":
            results = cast("list[Any]", found)
            found = {"result": results[0] if results else None, "resultList": results}
        elif work.shape == "result":
            found = {"result": found}
        self.ended(turn, token, node, spec, found)


@register
class TaskVariables(TaskNode):
    """Sets variables of the run from the members of the input; all together have at most 256 KiB as JSON."""

    kind = "task-variables"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        refuse_sealed(turn, value, "a variable")
        variables = {**turn.state.context["variables"], **(value if isinstance(value, dict) else {})}
        size = len(to_json_text(variables).encode())
        if size > MAX_VARIABLES:
            raise invalid(f"the variables of the run have {size} bytes, at most {MAX_VARIABLES} are kept")
        facts.note(turn, variables=variables)
        self.ended(turn, token, node, spec, {})


@register
class TaskEvent(TaskNode):
    """See `EventWork`."""

    kind = "task-event"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: EventWork = spec.work
        given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if work.plain:
            kind = given.get("type")
            if not isinstance(kind, str) or not kind:
                raise invalid("'type' is no type of an event")
            check_event(turn, kind)
            event = cloud_event(turn, token, EventOut(kind, kind, data=WHOLE), given.get("data"))
            waits.emit_event(turn, token, event, kind)
            self.ended(turn, token, node, spec, {"eventId": event["id"]})
            return
        sink = evaluate(turn, token, work.sink, None) if work.sink is not None else None
        kind = type_of(sink, turn.program.identity.name, spec.name)
        name = sink if isinstance(sink, str) and sink.startswith(CHANNELS) else kind
        check_event(turn, name)
        event = cloud_event(turn, token, EventOut(name, kind, data=WHOLE), value)
        own = isinstance(sink, str) and sink.partition(":")[0] == OWN_SINK
        waits.emit_event(turn, token, event, name, optional=own)
        identity = turn.state.origin.identity
        output = {
            **given,
            "event_produced": sink,
            "workflowInstanceId": turn.state.job,
            "workflowType": identity.name,
            "workflowVersion": facts.revision_of(identity.version),
            "correlationId": turn.state.origin.business_key,
        }
        if spec.confirm:
            open_answer(turn, token, spec, {})
            return
        self.ended(turn, token, node, spec, output)

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        """Somebody has confirmed what the event asked for."""
        self.ended(turn, token, node, spec, read_answer(inp))


def type_of(sink: Any, definition: str, task: str) -> str:
    """The event type of a sink. Raises Raised for what names none."""
    text = sink if isinstance(sink, str) else ""
    head, _, rest = text.partition(":")
    if text == OWN_SINK:
        return f"{definition}:{task}"
    if rest and head == OWN_SINK:
        return f"{definition}:{rest}"
    if rest and (head == "event" or text.startswith(CHANNELS)):
        return rest
    raise invalid(f"{text[:60]!r} is no sink of events")


@register
class TaskEnd(TaskNode):
    """Ends the run: `terminationStatus` COMPLETED, FAILED or TERMINATED, `terminationReason`, `workflowOutput`."""

    kind = "task-end"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        members = {key.removeprefix("_"): item for key, item in given.items()}
        status = members.get("terminationStatus", "COMPLETED")
        reason, output = members.get("terminationReason"), members.get("workflowOutput")
        if status not in ("COMPLETED", "FAILED", "TERMINATED"):
            raise invalid("'terminationStatus' is COMPLETED, FAILED or TERMINATED")
        text = reason if isinstance(reason, str) else "" if reason is None else to_json_text(reason)
        refuse_sealed(turn, [output, text], "the output of the run")
        output = {} if output is None else output if isinstance(output, dict) else {"output": output}
        self.finished(turn, token, spec, output, facts.COMPLETED)
        turn.record_at("task.completed", token, shown(turn, output))
        turn.state.output = output
        if status == "COMPLETED":
            end_run(turn, "completed", CompleteRun(output))
            return
        key = facts.key_of(turn, token, spec.name)
        facts.note(turn, failed=key)
        text = text or f"Workflow ended by task {spec.name}"
        if status == "TERMINATED":
            end_run(turn, "terminated", TerminateRun(text))
        else:
            data = {"task": key, "output": output}
            end_failed(turn, fault("runtime", text, code="TERMINATED_BY_TASK", instance=node.position, data=data))
