"""Tasks that a person ends, and tasks that wait for time.

The answer of a person is the output under the language's key (`answer_key`): an object, whatever it holds. The list
`["$failed", {"reason": text}]` in its place (`failed_answer`) fails the task for good.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from weft.dsl.machine import waits
from weft.dsl.machine.core import Raised, Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Input, ManualTaskCompleted
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.emit import cloud_event
from weft.dsl.machine.nodes.forms import form_problem
from weft.dsl.machine.nodes.moments import length_ms, moment_ms
from weft.dsl.machine.nodes.task import ListedTask, TaskNode, invalid
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.states import EventOut
from weft.dsl.machine.variables import refuse_sealed

ANSWER_FAILED = "$failed"
MAX_FIELDS = 200
"""Fields of a form at most."""
WHOLE = Source(lambda value, _vars, _budget: value, (), ".")


class PersonWork(msgspec.Struct, frozen=True):
    """`form` names the kind of form; `fields_key` the input's member that describes it ("": the input is shown whole).

    `assignees` are `user:<id>`, `group:<id>` or `role:<id>`, empty for everyone. `notify` is the event type that is
    told when the task begins to wait, "" for none.
    """

    form: str
    answer_key: str
    fields_key: str = ""
    assignees: tuple[str, ...] = ()
    notify: str = ""


class WaitWork(msgspec.Struct, frozen=True):
    """Waits for the input's `duration`, or until its `until`; with neither, for a person's answer."""

    answer_key: str


def open_answer(turn: Turn, token: Token, spec: ListedTask, payload: Any, form: str = "answer") -> None:
    """Open the manual task of a task; its payload names the task and the id of its record."""
    key = facts.key_of(turn, token, spec.name)
    about = {"task": key, "taskId": facts.task_id(turn.state.job, key)}
    who = spec.work.assignees if isinstance(spec.work, PersonWork) else ()
    refuse_sealed(turn, payload, "a form")
    waits.open_manual_task(turn, token, form, {**about, **payload}, title=spec.name, assignees=who)


def failed_answer(reason: str) -> list[Any]:
    """What stands in the place of an answer that fails its task: no object, so that no answer can be taken for it."""
    return [ANSWER_FAILED, {"reason": reason}]


def read_answer(inp: Input, key: str = "_userInput") -> dict[str, Any]:
    """The output that a person's answer makes. Raises Raised when the answer is that the task failed."""
    result = inp.result if isinstance(inp, ManualTaskCompleted) else None
    given = cast("list[Any]", result) if isinstance(result, list) else []
    if len(given) == 2 and given[0] == ANSWER_FAILED:
        told = given[1]
        reason = cast("dict[str, Any]", told).get("reason") if isinstance(told, dict) else None
        text = reason if isinstance(reason, str) and reason else "failed by user input"
        raise Raised(fault("runtime", text, code="USER_INPUT_FAILED", retryable=False))
    return {key: {} if result is None else result}


def _form(given: dict[str, Any], fields_key: str) -> dict[str, Any]:
    """What a manual task tells of its form; a task without one shows its input, which restricts no answer."""
    if not fields_key:
        return {"input": given}
    fields = given.get(fields_key)
    if fields is not None and not isinstance(fields, dict):
        raise invalid("the fields of a form are no object")
    if fields and len(cast("dict[str, Any]", fields)) > MAX_FIELDS:
        raise invalid(f"a form has at most {MAX_FIELDS} fields")
    problem = form_problem(cast("dict[str, Any]", fields or {}))
    if problem is not None:
        raise invalid(f"the form cannot be filled in: {problem[0] or '/'}: {problem[1]}")
    return {"fields": fields or {}}


@register
class TaskPerson(TaskNode):
    """See `PersonWork`."""

    kind = "task-person"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: PersonWork = spec.work
        given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        open_answer(turn, token, spec, _form(given, work.fields_key), work.form)
        if work.notify:
            key = facts.key_of(turn, token, spec.name)
            told = {"job": turn.state.job, "task": key, "taskId": facts.task_id(turn.state.job, key)}
            event = cloud_event(turn, token, EventOut(work.notify, work.notify, data=WHOLE), told)
            waits.emit_event(turn, token, event, work.notify, optional=True)

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        self.ended(turn, token, node, spec, read_answer(inp, spec.work.answer_key))


@register
class TaskWait(TaskNode):
    """See `WaitWork`. A moment that has passed ends the task at once."""

    kind = "task-wait"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        duration, until = given.get("duration"), given.get("until")
        if duration is not None and until is not None:
            raise invalid("a task waits for a duration or until a moment, not both")
        if duration is None and until is None:
            open_answer(turn, token, spec, {}, "wait")
            return
        due = moment_ms(until) if duration is None else length_ms(duration, turn.now)
        if due is None:
            what = "until" if duration is None else "duration"
            raise invalid(f"'{what}' is no moment or duration: {str(until if duration is None else duration)[:60]!r}")
        if due <= turn.now:
            self.ended(turn, token, node, spec, {})
        else:
            waits.start_timer(turn, token, due, "work")

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        if isinstance(inp, ManualTaskCompleted):
            self.ended(turn, token, node, spec, read_answer(inp, spec.work.answer_key))
        else:
            self.ended(turn, token, node, spec, {})
