"""What all tasks of lists and graphs share: input, attempts, retries, time limits, `optional`, and their facts.

A task's life: start delay, input evaluated, attempt, output; or the attempt fails, a delay, the next attempt with the
input evaluated again; or it fails for good. An optional task that fails for good is completed with errors, its
output is null, and the run goes on. What fails for good otherwise goes outwards as a fault.

Delay before retry n: fixed d; linear d*rate*n; exponential d*2^(n-1); cut to `max_delay_ms`; an answer that names a
time (`Retry-After`) lengthens it, up to one hour. Not retried: faults marked so, HTTP answers of 3xx and 4xx except
408, 425 and 429, refused authentication, expression and input errors, and what another try cannot change.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from weft.dsl.machine import scopes, waits
from weft.dsl.machine.commands import FaultRun, TerminateRun, TimeOutRun
from weft.dsl.machine.core import HANDLERS, NodeHandler, Raised, Turn
from weft.dsl.machine.durations import MAX_MS
from weft.dsl.machine.faultmatch import normal_code
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.flow import advance
from weft.dsl.machine.inputs import ActivityFailed, ActivityStarted, ChildStarted, Input, TimerFired
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.retrying import NEVER_RETRIED
from weft.dsl.machine.scopes import end_run
from weft.dsl.machine.sizes import shown
from weft.dsl.machine.state import ROOT_SCOPE, Scope, Token, Wait
from weft.dsl.machine.variables import evaluate

DELAY, WORK, RETRY, FAILED = "delay", "work", "retry", "failed"
CHILD_TERMINATED: Final = "CHILD_TERMINATED"
OUTPUT: Final = "$output"
"""The one member of what the root enters with when all tasks have ended while the run was suspended."""
LONGEST_NOTICE_MS: Final = 3_600_000
"""No attempt is put off for longer than this because the other side asked for it."""
_KINDS_NOT_RETRIED: Final = frozenset(("authentication", "authorization", "expression", "validation", "configuration"))
STATUS_RETRIED: Final = frozenset((408, 425, 429))
"""HTTP statuses below 500 after which another attempt may go better."""


class TaskRetry(msgspec.Struct, frozen=True):
    """`count` retries after the first attempt; times in ms, `max_delay_ms` 0 for no upper limit."""

    count: int = 0
    logic: Literal["fixed", "linear", "exponential"] = "fixed"
    delay_ms: int = 60_000
    rate: float = 1
    max_delay_ms: int = 0

    def wait_ms(self, number: int) -> int:
        """The delay before retry `number`, from 1."""
        wait: float = self.delay_ms
        if self.logic == "linear":
            wait *= self.rate * number
        elif self.logic == "exponential":
            wait *= 2 ** min(number - 1, 64)
        if self.max_delay_ms:
            wait = min(wait, self.max_delay_ms)
        return int(min(wait, MAX_MS))


class ListedTask(msgspec.Struct, frozen=True):
    """The spec of every task's node. `work` is what its kind needs; `input` None gives an empty object.

    `timeout_ms` limits one attempt; when it is passed `policy` says whether the task may retry, ends for good (`end`),
    or is only reported (`alert`). `total_ms` limits all attempts with their delays, `poll_ms` how long nobody takes the
    activity, `response_ms` the silence of a worker. `confirm`: after the work a person's answer ends the task. `top`:
    the task stands in the definition's own list. `number` is its place in its list as written, 0 where it has none.
    """

    name: str
    type: str
    work: Any = None
    input: Source | None = None
    retry: TaskRetry = TaskRetry()
    timeout_ms: int = 0
    policy: Literal["retry", "end", "alert"] = "end"
    response_ms: int = 0
    poll_ms: int = 0
    total_ms: int = 0
    delay_ms: int = 0
    optional: bool = False
    permissive: bool = False
    confirm: bool = False
    top: bool = False
    number: int = 0


class TaskNode(NodeHandler):
    """Base of the kinds. Subclasses override `begin` and, where they wait for something, `answer`.

    Token: `stage` is delay, work, retry or failed; `attempt` counts the attempts of this run; `local` is free for the
    kind while it works.
    """

    taken_elsewhere = False
    """Whether an attempt begins only when a worker takes it, and not with `begin`."""
    limits_itself = False
    """Whether the time limit of an attempt is passed on with the command instead of being a timer here."""

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        """Start an attempt with the evaluated input."""
        raise NotImplementedError(self.kind)

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        """Take an answer that is not one of the timers kept here."""
        raise NotImplementedError(self.kind)

    def known(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: ChildStarted) -> None:
        """The job of a child exists now."""

    def noted(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """A child's job is known, or a worker has taken the attempt."""
        spec = self.spec(turn, token, node)
        if isinstance(inp, ChildStarted):
            self.known(turn, token, node, spec, wait, inp)
        elif isinstance(inp, ActivityStarted):
            facts.begin(turn)
            self.taken(turn, token, spec, inp.started_at or inp.at)

    def taken(self, turn: Turn, token: Token, spec: ListedTask, at: int) -> None:
        """An attempt was taken by a worker at `at` (ms, 0: nobody knows); the first one begins the task."""
        known = facts.facts_of(turn, token, spec.name)
        if known is not None and known.get("untaken"):
            first = at if at and known.get("attempt") == 1 else known.get("started", 0)
            facts.write(turn, token, spec.name, started=first, untaken=False)

    def spec(self, turn: Turn, token: Token, node: Node) -> ListedTask:
        """The task at a token."""
        found: ListedTask = node.spec
        return found

    # -- attempts --

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """The task is ready: wait for its start delay, or begin at once."""
        spec = self.spec(turn, token, node)
        known = facts.facts_of(turn, token, spec.name)
        queued, attempt = turn.now, 0
        if known is not None:
            if known.get("untaken"):  # of the run before: an attempt that never was
                known = facts.without_attempt(known)
                facts.write(turn, token, spec.name, started=known["started"], untaken=False)
            attempt = known.get("attempt", 0)
            if known["status"] == facts.QUEUED and known.get("queued") and not known.get("ended"):
                queued = known["queued"]  # it became ready while the run was suspended
        facts.write(turn, token, spec.name, status=facts.QUEUED, queued=queued, attempt=attempt, output=None, ended=0)
        if spec.total_ms:
            waits.start_timer(turn, token, turn.now + spec.total_ms, "task", "total")
        if spec.delay_ms:
            token.stage = DELAY
            waits.start_timer(turn, token, turn.now + spec.delay_ms, "work")
            return
        self._attempt(turn, token, node, spec)

    def _attempt(self, turn: Turn, token: Token, node: Node, spec: ListedTask) -> None:
        token.stage = WORK
        value = {} if spec.input is None else evaluate(turn, token, spec.input, None)
        known = facts.facts_of(turn, token, spec.name) or {}
        facts.write(
            turn,
            token,
            spec.name,
            status=facts.RUNNING,
            input=value,
            attempt=known.get("attempt", 0) + 1,
            started=known.get("started") or turn.now,
            untaken=self.taken_elsewhere,
        )
        if not self.taken_elsewhere:
            facts.begin(turn)
        if spec.timeout_ms and (spec.policy == "alert" or not self.limits_itself):
            waits.start_timer(turn, token, turn.now + spec.timeout_ms, "action")
        self.begin(turn, token, node, spec, value)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """Timers of delays and limits are the core of all tasks; the rest is the kind's."""
        spec = self.spec(turn, token, node)
        if isinstance(inp, TimerFired):
            if wait.purpose == "retry":
                token.attempt += 1
                self._attempt(turn, token, node, spec)
                return
            if wait.purpose == "work" and token.stage == DELAY:
                self._attempt(turn, token, node, spec)
                return
            if wait.purpose == "task":
                late = fault("timeout", f"task '{spec.name}' exceeded its total time", code="TIMEOUT", retryable=False)
                self.fail(turn, token, late)
                return
            if wait.purpose == "action":
                self._overdue(turn, token, node, spec)
                return
        self.answer(turn, token, node, spec, wait, inp)

    def _overdue(self, turn: Turn, token: Token, node: Node, spec: ListedTask) -> None:
        if spec.policy == "alert":
            turn.record_at("log", token, {"alert": "time-out", "task": spec.name})
            return
        problem = fault("timeout", f"task '{spec.name}' exceeded its time-out", code="TIMEOUT", data={"limit": True})
        self.attempt_failed(turn, token, spec, problem)

    def answer_failed(self, turn: Turn, token: Token, spec: ListedTask, inp: ActivityFailed) -> None:
        """An activity's attempt failed: find out whether it was the task's own limit that ended it."""
        problem = inp.fault
        if problem.kind == "timeout" and not inp.lost:
            if spec.timeout_ms and inp.started_at and turn.now - inp.started_at >= spec.timeout_ms:
                problem = msgspec.structs.replace(problem, data={"limit": True})
            elif spec.poll_ms and not inp.started_at:
                problem = msgspec.structs.replace(problem, retryable=False)
                self._untaken(turn, token, spec)
        else:
            self.taken(turn, token, spec, inp.started_at)
        self.attempt_failed(turn, token, spec, problem, inp.next_allowed_at or 0)

    def _untaken(self, turn: Turn, token: Token, spec: ListedTask) -> None:
        known = facts.without_attempt(facts.facts_of(turn, token, spec.name) or {})
        facts.write(turn, token, spec.name, **{**known, "untaken": False})

    def attempt_failed(
        self, turn: Turn, token: Token, spec: ListedTask, problem: Fault, not_before: int = 0, *, always: bool = False
    ) -> None:
        """Try again after the delay if the policy allows it, else fail for good. `always`: whatever the problem is."""
        number = token.attempt
        if number > spec.retry.count or not (always or may_retry(spec, problem)):
            self.fail(turn, token, problem)
            return
        for ref in reversed(token.refs):
            if turn.waits[ref].purpose != "task":
                waits.close_wait(turn, ref)
        scopes.cancel_inner(turn, token)
        due = turn.now + spec.retry.wait_ms(number)
        due = max(due, min(not_before, turn.now + LONGEST_NOTICE_MS))
        data = {"fault": problem, "attempt": number + 1, "delay_ms": due - turn.now}
        turn.record_at("task.retried", token, data)
        facts.write(turn, token, spec.name, status=facts.QUEUED, reason=reason_of(problem))
        token.stage = RETRY
        waits.start_timer(turn, token, due, "retry")

    # -- the end --

    def ended(
        self, turn: Turn, token: Token, node: Node, spec: ListedTask, output: Any, status: str = facts.COMPLETED
    ) -> None:
        """The task is over well: its output is kept under its name, the token goes on."""
        waits.close_all(turn, token)
        self.finished(turn, token, spec, output, status)
        turn.record_at("task.completed", token, shown(turn, output))
        advance(turn, token, node.next, None)

    def finished(self, turn: Turn, token: Token, spec: ListedTask, output: Any, status: str) -> None:
        """Write down how a task ended well, and let the joins around it look again."""
        written = facts.write(turn, token, spec.name, status=status, output=output, ended=turn.now)
        if status == facts.COMPLETED and written.get("reason"):
            facts.write(turn, token, spec.name, reason=None)  # that of an attempt before: this one went well
        scope = turn.scopes[token.scope]
        if spec.top:
            facts.note(turn, last=spec.name)
        while scope.id != ROOT_SCOPE:
            node = turn.nodes[scope.node]
            handler = HANDLERS[node.kind]
            if isinstance(handler, TaskNode):
                handler.inner_ended(turn, scope, node, spec.name)
            scope = turn.scopes[scope.parent]

    def inner_ended(self, turn: Turn, scope: Scope, node: Node, name: str) -> None:
        """A task somewhere inside a scope of this node has ended well."""

    def fail(self, turn: Turn, token: Token, problem: Fault) -> None:
        """Fail for good: the fault climbs, first through the task itself."""
        scopes.climb(turn, token, problem)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """A failure for good, of the task itself or of something inside it."""
        spec = self.spec(turn, token, node)
        if scope is None:
            turn.memo["permissive"] = spec.permissive
        elif spec.permissive:
            turn.memo["permissive"] = True
        if spec.optional:
            if scope is not None:
                scopes.cancel_inner(turn, token, "failed")
                waits.close_all(turn, token)
            facts.write(turn, token, spec.name, reason=reason_of(fault))
            self.ended(turn, token, node, spec, None, facts.WITH_ERRORS)
            return True
        self.failed(turn, token, spec, fault)
        return False

    def failed(self, turn: Turn, token: Token, spec: ListedTask, problem: Fault) -> None:
        """Write down that a task has failed for good; the first one in time is kept as the run's."""
        token.stage = FAILED
        facts.write(turn, token, spec.name, status=status_of(problem), reason=reason_of(problem), ended=turn.now)
        if not turn.state.context["failed"]:
            facts.note(turn, failed=facts.key_of(turn, token, spec.name))

    def left(self, turn: Turn, token: Token, node: Node) -> None:
        """The task is cancelled from outside."""
        if token.stage:
            spec = self.spec(turn, token, node)
            known = facts.facts_of(turn, token, spec.name)
            if known is not None and known["status"] in facts.OPEN:
                facts.write(turn, token, spec.name, status=facts.CANCELLED, ended=turn.now)

    def thawed(self, turn: Turn, token: Token, node: Node) -> None:
        """A further run of the job goes on with a token that is parked in a scope of this node."""
        spec = self.spec(turn, token, node)
        token.stage = WORK
        facts.write(turn, token, spec.name, status=facts.RUNNING, ended=0)


def may_retry(spec: ListedTask, problem: Fault) -> bool:
    """Whether another attempt could change anything, and the policy of a passed limit lets it."""
    if not problem.retryable or problem.code in NEVER_RETRIED or problem.code == CHILD_TERMINATED:
        return False
    if problem.kind in _KINDS_NOT_RETRIED:
        return False
    if problem.kind == "timeout":
        return spec.policy == "retry" or not (isinstance(problem.data, dict) and problem.data.get("limit") is True)
    code = normal_code(problem.code)
    status = int(code[-3:]) if code.startswith("HTTP_STATUS_") and code[-3:].isdigit() else problem.status
    if problem.kind == "communication" or code.startswith("HTTP_STATUS_"):
        return not 300 <= status < 500 or status in STATUS_RETRIED
    return True


def reason_of(problem: Fault) -> str:
    """A fault in one line of at most 2 KiB."""
    return (problem.detail or problem.title or problem.code or problem.kind)[:2048]


def status_of(problem: Fault) -> str:
    """How a task ends that fails for good with this fault."""
    if problem.kind == "timeout":
        return facts.TIMED_OUT
    return facts.CANCELLED if problem.code == CHILD_TERMINATED else facts.FAULTED


def invalid(detail: str) -> Raised:
    """Bad input of a task: fails it for good, without retry."""
    return Raised(fault("validation", detail, code="INPUT_INVALID", title="invalid input", retryable=False))


def end_failed(turn: Turn, problem: Fault) -> None:
    """End the run with the failure of a task: timed out, terminated through a child, or faulted."""
    status = status_of(problem)
    if status == facts.TIMED_OUT:
        end_run(turn, "timed_out", TimeOutRun(problem), fault=problem)
    elif status == facts.CANCELLED:
        end_run(turn, "terminated", TerminateRun(reason_of(problem)), fault=problem)
    else:
        end_run(turn, "faulted", FaultRun(problem), fault=problem)


def outward(turn: Turn, token: Token, problem: Fault) -> None:
    """Offer a fault to what is around a node without cancelling anything inside it, so that a retry finds it there."""
    turn.record_at("task.faulted", token, {"fault": problem})
    while turn.scopes[token.scope].id != ROOT_SCOPE:
        scope = turn.own_scope(turn.scopes[token.scope])
        parent = turn.own(turn.tokens[scope.token])
        node = turn.nodes[parent.node]
        turn.at = parent
        if HANDLERS[node.kind].fault(turn, parent, node, scope, token, problem):
            return
        turn.record_at("task.faulted", parent, {"fault": problem})
        token = parent
    end_failed(turn, problem)
