"""Run hooks of the states languages: the two ends of a run, its time limit, and events that come early.

The run input must be an object (missing: the empty one). A run that exceeds its time limit ends: with `interrupt`
everything is cancelled at once, else no state is entered any more and active ones finish; then the `runBefore` states
run on the last data. If they end without fault the run completes, otherwise it has timed out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine import early, scopes, waits
from weft.dsl.machine.commands import Correlate, Filter
from weft.dsl.machine.core import Raised, RunHooks, Turn, register_hooks
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faults import fault
from weft.dsl.machine.flow import validate
from weft.dsl.machine.hooks_tasks import open_root
from weft.dsl.machine.inputs import EventReceived, Input
from weft.dsl.machine.nodes import leaving, subscribe
from weft.dsl.machine.nodes.state import is_idle, leave_idle, work_of
from weft.dsl.machine.state import ROOT_SCOPE, Token, Wait
from weft.dsl.machine.states import EventIn, EventWork
from weft.dsl.machine.variables import evaluate, refuse_sealed

DEFAULT_RUN_S = 3_600


@register_hooks
class StatesHooks(RunHooks):
    """0.8, 0.9 and CWM: see the module."""

    name = "states"

    def start(self, turn: Turn, value: Any) -> None:
        """Check the input, start the clock, listen, create the token."""
        run = turn.program.run
        state = turn.state
        value = {} if value is None else value
        if turn.program.rules.input_object and not isinstance(value, dict):
            raise Raised(fault("validation", "the input is no object", code="INPUT_INVALID", instance="/input"))
        first = turn.nodes[turn.program.root]
        events = state.origin.trigger.events
        by_event = bool(events) and isinstance(first.spec.work, EventWork)
        # what the schema describes is the input, not the data of an event that the first state takes
        if run.input_check is not None and not by_event:
            if run.warn_only:
                problems = run.input_check(value)
                if problems:
                    turn.record("log", data={"level": "WARN", "message": f"input: {problems}"})
            else:
                validate(run.input_check, value, "input", "/input")
        state.input = value
        self._key(turn, value)
        self._clock(turn)
        for event in run.standing or ():
            self._listen(turn, event)
        if by_event:
            # the events that created the run are delivered to its first state
            state.early = [early.entry_of(event, {}) for event in events][-early.MAX_EARLY :]
        root = open_root(turn)
        scopes.spawn(turn, root, turn.program.root, value)

    def _key(self, turn: Turn, value: Any) -> None:
        source = turn.program.run.business_key
        if source is None:
            return
        key = evaluate(turn, None, source, value)
        refuse_sealed(turn, key, "a business key")
        if isinstance(key, str):
            turn.state.origin = msgspec.structs.replace(turn.state.origin, business_key=key)

    def _clock(self, turn: Turn) -> None:
        given = turn.state.origin.limits.get("workflow_timeout_ms")
        limit = turn.program.run.timeout
        if given:
            waits.start_timer(turn, None, turn.now + given, "run")
        elif limit is not None:
            due = due_after(turn, None, limit)
            if due > turn.now:  # a limit of PT0S is none
                waits.start_timer(turn, None, due, "run")
        elif turn.program.rules.system_defaults:
            seconds = subscribe.default_seconds(turn, "workflowTimeout", DEFAULT_RUN_S)
            if seconds:
                waits.start_timer(turn, None, turn.now + int(seconds * 1000), "run")

    def _listen(self, turn: Turn, event: EventIn) -> None:
        # expectations are evaluated when a wait opens, what comes early is matched then; the names of the attributes
        # are told, so that values taken from the payload come with the event
        rules = tuple(Correlate(rule.name) for rule in event.correlation)
        wanted = Filter(type=event.type, source=event.source, correlate=rules, name=event.name)
        free = [rule.name for rule in event.correlation if rule.value is None]
        waits.open_subscription(turn, None, (wanted,), standing=True, extra=free)

    def root_done(self, turn: Turn, token: Token, output: Any) -> None:
        """The path is over."""
        leaving.end(turn, output)

    def end(self, turn: Turn, token: Token, output: Any) -> None:
        """The run is over."""
        leaving.end(turn, output)

    def accept(self, turn: Turn, wait: Wait, inp: Input) -> None:
        """An event at a standing subscription."""
        if isinstance(inp, EventReceived):
            subscribe.offer(turn, inp)

    def timed_out(self, turn: Turn) -> None:
        """The run's time is up."""
        token = self._token(turn)
        if token is None:
            leaving.report(turn, turn.state.input)
            return
        idle = is_idle(turn, token)
        if not turn.program.run.interrupt and not idle:
            turn.state.stopping = "timeout"
        elif turn.program.run.run_before < 0:
            # the tokens stay as they are, so that the work can be taken up again
            leaving.time_out(turn, None)
        elif idle:
            leaving.report(turn, leave_idle(turn, token))
        else:
            node = turn.nodes[token.node]
            data = work_of(node.spec.work).current(turn, token, node) if token.stage else token.raw
            scopes.cancel_token(turn, token, "time-out")
            leaving.report(turn, data)

    def _token(self, turn: Turn) -> Token | None:
        """The one token of the path."""
        root = turn.scopes.get(ROOT_SCOPE)
        for number in root.children if root is not None else ():
            return turn.own(turn.tokens[number])
        return None
