from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine import commands as c
from weft.dsl.machine import waits
from weft.dsl.machine.commands import Filter
from weft.dsl.machine.inputs import Identity


@pytest.fixture
def place(told: Callable[..., Any], turn_of: Callable[..., Any]) -> Any:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    token = turn.own(next(iter(turn.tokens.values())))
    waits.close_all(turn, token)
    turn.out.clear()
    return turn, token


OPENERS: list[Any] = [
    (lambda t, k: waits.schedule_activity(t, k, "a.B", {}), "a", c.ScheduleActivity, c.CancelActivity),
    (lambda t, k: waits.start_timer(t, k, 5, "work"), "t", c.StartTimer, c.CancelTimer),
    (lambda t, k: waits.open_subscription(t, k, (Filter(type="x"),)), "e", c.OpenSubscription, c.CloseSubscription),
    (lambda t, k: waits.start_child(t, k, Identity("n"), None), "c", c.StartChild, c.CancelChild),
    (lambda t, k: waits.open_manual_task(t, k, "f", None), "m", c.OpenManualTask, c.CloseManualTask),
]


@pytest.mark.parametrize(("opener", "letter", "opens", "closes"), OPENERS)
def test_opening_and_closing(place: Any, opener: Any, letter: str, opens: type, closes: type) -> None:
    turn, token = place
    ref = opener(turn, token)
    assert ref[0] == letter and token.refs == (ref,)
    assert type(next(x for x in turn.out if not isinstance(x, c.Record))) is opens
    busy = turn.state.busy
    assert busy == (1 if letter in "ac" else 0)
    waits.close_wait(turn, ref)
    assert any(type(x) is closes and x.ref == ref for x in turn.out)
    assert (token.refs, turn.waits, turn.state.busy) == ((), {}, 0)
    count = len(turn.out)
    waits.close_wait(turn, ref)
    assert len(turn.out) == count


def test_terminating_a_child(place: Any) -> None:
    turn, token = place
    ref = waits.start_child(turn, token, Identity("n"), None)
    waits.close_all(turn, token, "r", terminate=True)
    assert c.TerminateChild(ref, "r") in turn.out


def test_detached_work_is_not_waited_for(place: Any) -> None:
    turn, token = place
    waits.schedule_activity(turn, token, "a.B", {}, detached=True)
    waits.start_child(turn, token, Identity("n"), None, detached=True)
    assert (token.refs, turn.waits, turn.state.busy) == ((), {}, 0)


def test_updating_a_subscription(place: Any) -> None:
    turn, token = place
    ref = waits.open_subscription(turn, token, (Filter(type="x"),))
    waits.update_subscription(turn, ref, (Filter(type="y"),))
    assert turn.waits[ref].command.filters == (Filter(type="y"),)
    assert turn.out[-1] == c.UpdateSubscription(ref, (Filter(type="y"),))
    waits.update_subscription(turn, "e99", ())
    assert turn.out[-1].ref == ref


def test_emitting_is_recorded(place: Any) -> None:
    turn, token = place
    ref = waits.emit_event(turn, token, {"id": "1", "type": "t", "source": "s"}, "n")
    assert turn.out[0] == c.EmitEvent(ref, {"id": "1", "type": "t", "source": "s"}, "n", "/do/0/w")
    assert turn.out[1].type == "event.emitted"
