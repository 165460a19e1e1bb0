"""Tasks of runs: look at one, fetch its payload, list those of a loop, answer one that waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.declaring import declare
from weft.api.workflowsvc.errors import USER_INPUT, located
from weft.api.workflowsvc.front import Front, Problems, members, page_body
from weft.api.workflowsvc.run_shapes import loop_body, task_body
from weft.api.workflowsvc.run_view import RunView
from weft.api.workflowsvc.schemas import answers
from weft.api.workflowsvc.scoping import Asked
from weft.domain.errors import InUse, Invalid, Refusal
from weft.domain.jobs import Job
from weft.ports.store import Tx
from weft.services.job_control import MAX_REASON, JobControl
from weft.services.job_tasks import TaskRecord
from weft.services.manual_tasks import ManualTasks
from weft.services.payloads import Payloads
from weft.web.once import Keep
from weft.web.operations import Answer, Operation

GROUP: Final = "Tasks"
_operation: Final = partial(declare, GROUP, USER_INPUT)
LOOP: Final = "DO_WHILE"
UPDATED: Final = {"message": "Task updated successfully"}
_UNTRUSTED: Final = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "attachment"}
"""Bytes from other systems are never a page of ours."""


class TaskEndpoints:
    """The handlers."""

    def __init__(
        self, front: Front, view: RunView, control: JobControl, manual: ManualTasks, payloads: Payloads
    ) -> None:
        self._front = front
        self._view = view
        self._control = control
        self._manual = manual
        self._payloads = payloads

    async def get(self, asked: Asked) -> Answer:
        """One task."""
        job = await self._job(asked)
        return Answer(body=task_body(self._view.record(job, asked.path("taskid"))))

    async def payload(self, asked: Asked) -> Answer:
        """The bytes that a task has stored as its result."""
        job, task = asked.path("workflowid"), asked.path("taskid")
        found = await self._payloads.get(asked.principal, job, task, scope=asked.scope)
        return Answer(body=found.data, media=found.content_type, headers=dict(_UNTRUSTED))

    async def loop(self, asked: Asked) -> Answer:
        """The tasks of a loop's iterations."""
        page = asked.query.page()
        asked.query.done()
        job = await self._job(asked)
        record = self._view.record(job, asked.path("taskid"))
        if record.type != LOOP:
            raise InUse(f"The task is of type {record.type}: only a {LOOP} has iterations.")
        found = sorted(below(record, self._view.records(job)), key=lambda one: (one.iteration, one.number))
        shown = [loop_body(one) for one in found[page.offset : page.offset + page.limit]]
        return Answer(body=page_body(page.offset, page.limit, len(found), shown))

    async def answer(self, asked: Asked) -> Answer:
        """A person's answer to a task that waits for one."""
        run, task = asked.path("workflowid"), asked.path("userinputid")

        async def work(keep: Keep) -> Answer:
            try:
                given, failed, reason = await read_answer(asked)
            except Refusal:
                await self._known(asked, run, task)
                raise
            done = Answer(body=UPDATED)

            def also(tx: Tx, _: Any) -> None:
                keep(tx, done)

            try:
                await self._manual.complete(
                    asked.principal, run, task, scope=asked.scope, answer=given, failed=failed, reason=reason, also=also
                )
            except Invalid as cause:
                raise located(cause, "/_userInput", USER_INPUT) from None
            return done

        return await self._front.once(asked, f"/workflow/{run}/userinput/{task}", work)

    async def _job(self, asked: Asked) -> Job:
        return await self._control.get(asked.principal, asked.path("workflowid"), scope=asked.scope)

    async def _known(self, asked: Asked, run: str, task: str) -> None:
        """An unknown task is told before what is wrong with the body. Raises NotFound."""
        job = await self._control.get(asked.seeing("job.get"), run, scope=asked.scope)
        self._view.record(job, task)

    def operations(self) -> tuple[Operation, ...]:
        """All operations on tasks."""
        handler = self._front.handler
        one = "(workflows|workflow)/{workflowid}/(tasks|task)/{taskid}"
        return (
            _operation(
                "GET", one, "getTask", "job.get", "One task of a run", handler(self.get),
                responses=answers({200: schemas.TASK}, 404),
            ),
            _operation(
                "GET", one + "/payload", "getTaskPayload", "job.get", "The stored result of a task",
                handler(self.payload),
                responses=answers({200: {"x-media": "*/*", "type": "string", "format": "binary"}}, 404),
            ),
            _operation(
                "GET", one + "/loopovertasks", "listLoopOverTasks", "job.get", "The tasks of a loop's iterations",
                handler(self.loop), parameters=schemas.LISTING,
                responses=answers({200: schemas.listed(schemas.LOOP_TASK)}, 404, 409),
            ),
            _operation(
                "POST", "(workflow|workflows)/{workflowid}/userinput/{userinputid}", "answerTask", "task.complete",
                "Answer a task that waits for a person", handler(self.answer), parameters=(schemas.KEY,),
                request=schemas.ANSWER, responses=answers({200: schemas.MESSAGE}, 404, 409, 422, body=True),
            ),
        )  # fmt: skip


def below(loop: TaskRecord, records: Sequence[TaskRecord]) -> list[TaskRecord]:
    """The records that a loop has made, those of containers in its body included."""
    inside = {loop.id}
    found: list[TaskRecord] = []
    for record in records:
        if record.parent in inside:
            inside.add(record.id)
            if record.iteration:
                found.append(record)
    return found


async def read_answer(asked: Asked) -> tuple[dict[str, Any], bool, str]:
    """The answer, whether the task is to fail, and why. Raises Wrong."""
    body = await members(asked, USER_INPUT)
    problems = Problems(USER_INPUT)
    given = body.get("_userInput")
    if not isinstance(given, dict):
        problems.add("/_userInput", "_userInput is an object and required")
    status = body.get("_status")
    word = status.upper() if isinstance(status, str) else "COMPLETED" if status is None else ""
    if word not in ("COMPLETED", "FAILED"):
        problems.add("/_status", "_status is COMPLETED or FAILED")
    reason = body.get("_reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > MAX_REASON):
        problems.add("/_reason", f"_reason is a text of at most {MAX_REASON} characters")
    problems.done()
    return dict(given or {}), word == "FAILED", reason if isinstance(reason, str) else ""
