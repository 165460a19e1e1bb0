"""The heap of timers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weft.engines.embedded.timers import Timers

STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "cancel", "take"]), st.integers(0, 5), st.integers(0, 50)), max_size=60
)


@given(STEPS)
def test_it_is_a_map_of_due_times(steps: list[tuple[str, int, int]]) -> None:
    timers, model = Timers(), {}
    for verb, run, at in steps:
        if verb == "set":
            timers.set(run, "t", at)
            model[run] = at
        elif verb == "cancel":
            timers.cancel(run, "t")
            model.pop(run, None)
        else:
            taken = timers.take_due(at)
            due = sorted((when, key) for key, when in model.items() if when <= at)
            assert [(when, key) for when, key, _ in taken] == due
            for _, key in due:
                del model[key]
        assert len(timers) == len(model)
        assert timers.next_due() == min(model.values(), default=None)


def test_cancelled_entries_do_not_pile_up() -> None:
    timers = Timers()
    for number in range(5_000):
        timers.set(1, f"t{number}", number)
        timers.cancel(1, f"t{number}")
    assert len(timers) == 0 and len(timers._heap) < 1_100
    timers.set(1, "t", 5)
    assert timers.take_due(10, limit=0) == [] and timers.take_due(10) == [(5, 1, "t")]
