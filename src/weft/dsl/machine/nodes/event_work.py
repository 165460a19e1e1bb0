"""States that wait for events: event, switch on events, callback.

An `event` state that is entered first in a run takes the events that created the run before any others; everywhere
events that came early are taken before a subscription is opened. When its time is up a state goes on without events.
"""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.machine import scopes, waits
from weft.dsl.machine.commands import Filter
from weft.dsl.machine.core import Turn
from weft.dsl.machine.inputs import EventReceived, Input, ManualTaskCompleted, TimerFired
from weft.dsl.machine.nodes import leaving, subscribe
from weft.dsl.machine.nodes.work import Work
from weft.dsl.machine.placing import placed, selected
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import CallbackWork, EventWork, SwitchWork
from weft.dsl.machine.variables import evaluate, refuse_sealed

WAIT, ACTIONS = "wait", "actions"


class EventSwitch(Work):
    """`switch` with event conditions: the first event wins; when the time is up, the default."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: SwitchWork = node.spec.work
        token.stage = WAIT
        filters = subscribe.filters_of(turn, token, work.events, token.data)
        early = subscribe.take_early(turn, filters)
        if early is not None:
            self._take(turn, token, node, work, *early)
            return
        subscribe.open_wait(turn, token, filters)
        due = subscribe.limit_at(turn, work.timeout, work.default_timeout)
        if due:
            waits.start_timer(turn, token, due, "event")

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        work: SwitchWork = node.spec.work
        if isinstance(inp, TimerFired):
            leaving.complete(turn, token, node, token.data, work.default)
        elif isinstance(inp, EventReceived):
            index = subscribe.receive(turn, token, wait, inp)
            if index >= 0:
                self._take(turn, token, node, work, index, inp.event)

    def _take(self, turn: Turn, token: Token, node: Node, work: SwitchWork, index: int, event: dict[str, Any]) -> None:
        case = next(case for case in work.cases if case.event == index)
        data = token.data
        if case.place is not None:
            value = selected(turn, token, case.place, subscribe.seen_by(work.events[index], event))
            data = placed(turn, token, case.place, data, value)
        leaving.complete(turn, token, node, data, case.exit)


class Events(Work):
    """`event`: `token.local` holds the consumed events by number while waiting, then the entries left to run."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: EventWork = node.spec.work
        token.stage = WAIT
        filters = subscribe.filters_of(turn, token, work.events, token.data)
        got: list[Any] = [None] * len(work.events)
        token.local = got
        while not self._complete(work, got):
            early = subscribe.take_early(turn, filters, _filled(got))
            if early is None:
                break
            got[early[0]] = early[1]
        if self._complete(work, got):
            self._run(turn, token, node, work, got)
            return
        # a correlation value may have been fixed by what was just taken
        self._listen(turn, token, work, subscribe.filters_of(turn, token, work.events, token.data))

    def _listen(self, turn: Turn, token: Token, work: EventWork, filters: tuple[Filter, ...]) -> None:
        subscribe.open_wait(turn, token, filters)
        due = subscribe.limit_at(turn, work.timeout, work.default_timeout)
        if due:
            waits.start_timer(turn, token, due, "event")

    def _complete(self, work: EventWork, got: list[Any]) -> bool:
        if work.exclusive:
            return any(event is not None for event in got)
        return all(event is not None for event in got)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        work: EventWork = node.spec.work
        if isinstance(inp, TimerFired):
            leaving.complete(turn, token, node, token.data)
            return
        if not isinstance(inp, EventReceived) or token.stage != WAIT:
            return
        got = list(cast("list[Any]", token.local))
        if any(event is not None and _same(event, inp.event) for event in got):
            return
        index = subscribe.receive(turn, token, wait, inp, _filled(got))
        if index < 0:
            return
        got[index] = inp.event
        token.local = got
        if self._complete(work, got):
            self._run(turn, token, node, work, got)

    def _run(self, turn: Turn, token: Token, node: Node, work: EventWork, got: list[Any]) -> None:
        for wait in [turn.waits[ref] for ref in token.refs]:
            if wait.kind == "event" or wait.purpose == "event":
                waits.close_wait(turn, wait.ref)
        token.stage = ACTIONS
        todo: list[Any] = []
        for at, entry in enumerate(work.entries):
            events = [[number, got[number]] for number in entry.events if got[number] is not None]
            if events:
                todo.append([at, events])
        token.local = todo
        self._next(turn, token, node, work)

    def _next(self, turn: Turn, token: Token, node: Node, work: EventWork) -> None:
        """Merge the data of the next entry's events and run its actions; leave after the last entry."""
        while token.local:
            (at, events), *left = token.local
            token.local = left
            entry = work.entries[at]
            data = token.data
            for number, event in events:
                value = selected(turn, token, entry.place, subscribe.seen_by(work.events[number], event))
                data = placed(turn, token, entry.place, data, value)
            token.data = data
            if entry.body >= 0:
                scope = scopes.open_scope(turn, token)
                scopes.spawn(turn, scope, entry.body, data)
                return
        leaving.complete(turn, token, node, token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        token.data = output
        scopes.drop_token(turn, child)
        scopes.close_scope(turn, token)
        self._next(turn, token, node, node.spec.work)


def _filled(got: list[Any]) -> frozenset[int]:
    return frozenset(number for number, event in enumerate(got) if event is not None)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("id") == other.get("id") and one.get("source") == other.get("source")


class Callback(Work):
    """`callback`: subscription, action, event. `token.local` keeps an event that arrives during the action."""

    def begin(self, turn: Turn, token: Token, node: Node) -> None:
        work: CallbackWork = node.spec.work
        filters = subscribe.filters_of(turn, token, (work.event,), token.data)
        early = subscribe.take_early(turn, filters)
        if early is None:
            subscribe.open_wait(turn, token, filters)
        else:
            token.local = {"event": early[1]}
        if work.body < 0:
            self._await(turn, token, node, work)
            return
        token.stage = ACTIONS
        scope = scopes.open_scope(turn, token)
        scopes.spawn(turn, scope, work.body, token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        token.data = output
        scopes.drop_token(turn, child)
        scopes.close_scope(turn, token)
        self._await(turn, token, node, node.spec.work)

    def _await(self, turn: Turn, token: Token, node: Node, work: CallbackWork) -> None:
        if token.local is not None:
            self._take(turn, token, node, work, token.local["event"])
            return
        token.stage = WAIT
        due = subscribe.limit_at(turn, work.timeout, work.default_timeout)
        if due:
            waits.start_timer(turn, token, due, "event")
        if work.form:
            self._open_form(turn, token, work)

    def _open_form(self, turn: Turn, token: Token, work: CallbackWork) -> None:
        form, payload, title = (
            evaluate(turn, token, source, token.data) if source is not None else None
            for source in (work.form_id, work.payload, work.title)
        )
        refuse_sealed(turn, [form, payload, title], "a form")
        waits.open_manual_task(
            turn,
            token,
            form if isinstance(form, str) and form else work.form,
            payload,
            title=title if isinstance(title, str) else "",
        )

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        work: CallbackWork = node.spec.work
        if isinstance(inp, TimerFired):
            leaving.complete(turn, token, node, token.data)
        elif isinstance(inp, ManualTaskCompleted):
            self._merge(turn, token, node, work, inp.result)
        elif isinstance(inp, EventReceived) and subscribe.receive(turn, token, wait, inp) >= 0:
            if token.stage == ACTIONS:
                waits.close_wait(turn, wait.ref)
                token.local = {"event": inp.event}
            else:
                self._take(turn, token, node, work, inp.event)

    def _take(self, turn: Turn, token: Token, node: Node, work: CallbackWork, event: dict[str, Any]) -> None:
        self._merge(turn, token, node, work, subscribe.seen_by(work.event, event))

    def _merge(self, turn: Turn, token: Token, node: Node, work: CallbackWork, value: Any) -> None:
        data = placed(turn, token, work.place, token.data, selected(turn, token, work.place, value))
        leaving.complete(turn, token, node, data)
