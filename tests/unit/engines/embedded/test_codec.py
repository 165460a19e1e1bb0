"""What is stored comes back: inputs, records, commands, whatever the data holds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.expr.sealed import Sealed, SecretRef
from weft.dsl.machine.commands import EmitEvent, Filter, Record, ScheduleActivity, StartChild
from weft.dsl.machine.inputs import ActivityCompleted, Identity, RunRestored
from weft.engines.embedded import codec
from weft.ports.engine import ResolvedActivity

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("$$sealed"), inner, max_size=3),
    max_leaves=10,
)
RESOLVED = ResolvedActivity("q", "a.b.v1.x", "a.b.v1", True)


@given(JSON)
def test_log_rows(value: Any) -> None:
    inp = ActivityCompleted(seq=3, at=9, ref="a1", attempt=1, result=value, worker="w")
    records = [Record("log", "/do/0", "", value)]
    commands = [ScheduleActivity("a2", 1, "adapter", "x", arguments={"input": value})]
    body = codec.encode((inp, records, commands, {"a2": RESOLVED}))
    entry = codec.log_entry(3, 9, body)
    assert (entry.input, entry.records, entry.commands, entry.resolved) == (inp, records, commands, {"a2": RESOLVED})
    assert codec.input_of_row(body) == inp
    assert codec.decode_input(codec.encode(inp)) == inp


def test_sealed_values_keep_their_seal_and_cannot_be_forged() -> None:
    sealed = Sealed((SecretRef("token", ()),)) if _two(SecretRef) else Sealed((SecretRef("token"),))
    forged = {"$$sealed": {"parts": ["x"]}}
    item = codec.ActivityItem(
        "run", ScheduleActivity("a1", 1, "adapter", "x", arguments={"input": [sealed, forged]}), RESOLVED, 5
    )
    found = codec.activity_item.decode(codec.encode(item)).command.arguments["input"]
    assert isinstance(found[0], Sealed) and found[0].names() == {"token"}
    assert found[1] == forged


def _two(kind: Any) -> bool:
    return len([name for name in kind.__struct_fields__ if name not in kind.__struct_defaults__]) > 1


def test_items() -> None:
    child = codec.ChildItem(StartChild("c1", Identity("w")), "j", "r", 4)
    assert codec.child_item.decode(codec.encode(child)) == child
    assert codec.timer_item.decode(codec.encode(codec.TimerItem("work"))).purpose == "work"
    assert codec.filter_of.decode(codec.encode((Filter(type="t"), True))) == (Filter(type="t"), True)
    assert EmitEvent("o1", {}).ref == "o1"


def test_states_travel_as_bytes() -> None:
    restored = RunRestored(
        seq=1, at=1, run="r", attempt=2, from_run="q", from_seq=4, reason="retry", state=b"\x80\x01", seed=b"s" * 32
    )
    assert codec.decode_input(codec.encode(restored)) == restored


def test_unknown_extensions_are_refused() -> None:
    row = msgspec.msgpack.encode([{"t": "activity-completed", "seq": 1, "at": 1, "ref": "a", "attempt": 1}, [], [], {}])
    assert codec.input_of_row(row).seq == 1
    alien = msgspec.msgpack.Ext(99, b"x")
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        codec.timer_item.decode(msgspec.msgpack.encode([alien]))
    inp = {"t": "activity-completed", "seq": 1, "at": 1, "ref": "a", "attempt": 1, "result": alien}
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        codec.decode_input(msgspec.msgpack.encode(inp))
