"""Tasks that are done elsewhere: activities, and jobs of other definitions."""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from weft.dsl.machine import waits
from weft.dsl.machine.core import Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    ChildCancelled,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    Identity,
    Input,
)
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import CHILD_TERMINATED, ListedTask, TaskNode, invalid
from weft.dsl.machine.nodes.task_people import open_answer, read_answer
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.variables import evaluate

BY_ID = "$id"
"""The namespace of an identity whose name is the id of a definition."""
INLINE = "$inline"
"""The namespace of an identity whose definition travels in the input: `{"definition", "input"}`."""
MAX_KEY = 255
"""Characters of a correlation id or idempotency key that are looked at."""
RESOURCE_KEYS = ("_resourceId", "resourceId", "$resourceId")


class CallWork(msgspec.Struct, frozen=True):
    """An activity. `target` is its name; input keys that begin with one of `hidden` are not passed on.

    The command's arguments are `{"input", "config": {"resourceId"}}`. Where the input names no resource, the config has
    `subjectId` instead if there is a `subject`: the id of the resource to take, if the activity needs one.
    `wraps`: a result that is no object becomes `{"result": value}`.
    """

    target: str
    kind: Literal["adapter", "system"] = "system"
    queue: str = ""
    hidden: tuple[str, ...] = RESOURCE_KEYS
    prefix: str = ""
    subject: str = ""
    wraps: bool = True


class ChildWork(msgspec.Struct, frozen=True):
    """A job of another definition. `which` gives `{name | id | definition, version?, input?, correlation?, key?}`.

    `detached`: started and not waited for; the output is `{<id_key>: job id}`. Else it is the child's output with the
    job's id under `id_key`, "" for without.
    """

    which: Source
    id_key: str
    detached: bool = False


@register
class TaskActivity(TaskNode):
    """One activity per attempt; the attempt's time limits travel with it."""

    kind = "task-activity"
    limits_itself = True
    taken_elsewhere = True

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: CallWork = spec.work
        known = facts.facts_of(turn, token, spec.name) or {}
        arguments = arguments_of(work, value)
        if work.kind == "system":  # who carries it out may have to say which task it was
            arguments["config"] = {**arguments.get("config", {}), "task": facts.key_of(turn, token, spec.name)}
        local: Any = token.local or {}
        ref = waits.schedule_activity(
            turn,
            token,
            work.target,
            arguments,
            kind=work.kind,
            queue=work.queue,
            attempt=known.get("attempt", 1),
            schedule_to_start_ms=spec.poll_ms,
            start_to_close_ms=0 if spec.policy == "alert" else spec.timeout_ms,
            heartbeat_ms=spec.response_ms,
            name=spec.name,
            first=local.get("first", ""),
            retry={"count": spec.retry.count, "logic": spec.retry.logic, "delay_ms": spec.retry.delay_ms},
        )
        token.local = {**local, "first": local.get("first") or ref}

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        facts.begin(turn)
        if isinstance(inp, ActivityCompleted):
            self.taken(turn, token, spec, inp.started_at)
            output = inp.result
            if spec.work.wraps and not isinstance(output, dict):
                output = {"result": output}
            if spec.confirm:
                token.local = {**(token.local or {}), "output": output}
                open_answer(turn, token, spec, {})
                return
            self.ended(turn, token, node, spec, output)
        elif isinstance(inp, ActivityFailed):
            self.answer_failed(turn, token, spec, inp)
        else:
            self.ended(turn, token, node, spec, read_answer(inp))


def arguments_of(work: CallWork, value: Any) -> dict[str, Any]:
    """The arguments of the command from the evaluated input."""
    given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    resource = next((given[key] for key in RESOURCE_KEYS if isinstance(given.get(key), str)), "")
    kept = {
        key: item
        for key, item in given.items()
        if key not in work.hidden and not (work.prefix and key.startswith(work.prefix))
    }
    if resource:
        return {"input": kept, "config": {"resourceId": resource}}
    return {"input": kept, "config": {"subjectId": work.subject}} if work.subject else {"input": kept}


@register
class TaskChild(TaskNode):
    """See `ChildWork`. A child that was terminated or cancelled cancels the task."""

    kind = "task-child"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: ChildWork = spec.work
        token.local = None
        which = evaluate(turn, token, work.which, value)
        identity, given = _wanted(which, value)
        ref = waits.start_child(
            turn,
            token,
            identity,
            given,
            detached=work.detached,
            on_parent_close="abandon" if work.detached else "terminate",
            attempt=token.attempt,
            business_key=_text(which, "correlation") or None,
            key=_text(which, "key"),
        )
        if work.detached:  # the machine waits until it is known that the job exists
            command = turn.out[-1]
            turn.waits[ref] = Wait(ref, token.id, "child", "", turn.now, turn=turn.epoch, command=command)  # pyright: ignore[reportArgumentType]
            turn.state.busy += 1
            token.refs = (*token.refs, ref)

    def known(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: ChildStarted) -> None:
        """The child's job exists: a detached one needs no more."""
        work: ChildWork = spec.work
        facts.write(turn, token, spec.name, child=inp.job)
        if work.detached:
            waits.take_wait(turn, wait)
            self.ended(turn, token, node, spec, {work.id_key: inp.job})
        else:
            token.local = {**(token.local or {}), "job": inp.job}

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        if isinstance(inp, ChildCompleted):
            output = inp.output
            found = cast("dict[str, Any]", output) if isinstance(output, dict) else {}
            if output is not None and not found and output != {}:
                found = {"output": output}
            job = (token.local or {}).get("job", "")
            if spec.work.id_key:
                found = {**found, spec.work.id_key: job}
            self.ended(turn, token, node, spec, found)
        elif isinstance(inp, ChildFailed):
            problem = inp.fault
            if problem.code == "TERMINATED":
                problem = msgspec.structs.replace(problem, code=CHILD_TERMINATED)
            # A further job may well succeed where this one did not; one that could not be started never will.
            ran = bool((token.local or {}).get("job")) and problem.code != CHILD_TERMINATED
            self.attempt_failed(turn, token, spec, problem, always=ran)
        elif isinstance(inp, ChildCancelled):
            text = inp.reason or "the sub-workflow was cancelled"
            self.attempt_failed(turn, token, spec, fault("runtime", text, code=CHILD_TERMINATED))


def _text(which: Any, key: str) -> str:
    """A member that is text or a number, as text; empty without it."""
    found = cast("dict[str, Any]", which).get(key) if isinstance(which, dict) else None
    return found[:MAX_KEY] if isinstance(found, str) else str(found) if isinstance(found, int) else ""


def _wanted(which: Any, value: Any) -> tuple[Identity, Any]:
    given = cast("dict[str, Any]", which) if isinstance(which, dict) else {}
    passed = given.get("input", value)
    if passed is None:
        passed = {}
    if not isinstance(passed, dict):
        raise invalid("the input of a sub-workflow is no object")
    version = given.get("version")
    text = "" if version is None else f"{version}.0.0" if isinstance(version, int) else str(version)
    definition = given.get("definition")
    if definition is not None:
        if not isinstance(definition, dict):
            raise invalid("the definition of a sub-workflow is no object")
        return Identity("inline", text, INLINE), {"definition": definition, "input": passed}
    for key, namespace in (("id", BY_ID), ("name", "")):
        name = given.get(key)
        if isinstance(name, str) and name:
            return Identity(name, text, namespace), passed
    raise invalid("a sub-workflow is named by its name or its id")
