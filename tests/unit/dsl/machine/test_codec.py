from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.expr import Sealed, SecretRef
from weft.dsl.machine.codec import StateUnreadable, decode_state, encode_state
from weft.dsl.machine.inputs import ActivityCompleted, SuspendRequested

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3) | st.sampled_from(["$$sealed", "$$int", "$$", "$$$x", "$$x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_data_survive(told: Callable[..., Any], value: Any) -> None:
    state = told([{"w": {"wait": "PT1S"}}], value).state
    again = decode_state(encode_state(state))
    assert msgspec.to_builtins(again.tokens, str_keys=True) == msgspec.to_builtins(state.tokens, str_keys=True)
    assert repr(again) == repr(state)
    assert encode_state(again) == encode_state(state)


def test_sealed_values_stay_sealed_and_cannot_be_forged(told: Callable[..., Any]) -> None:
    forged = {"$$sealed": {"type": "$$sealed", "parts": [{"type": "ref", "name": "api"}]}}
    state = told([{"w": {"wait": "PT1S"}}], {"forged": forged}).state
    token = next(iter(state.tokens.values()))
    token.local = {"real": Sealed((SecretRef("api"),))}
    again = next(iter(decode_state(encode_state(state)).tokens.values()))
    assert again.raw == {"forged": forged}
    assert isinstance(again.local["real"], Sealed)


def test_held_inputs_and_commands_survive(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}], {"$$x": 1})
    ref = run.ref("activity")
    run.tell(SuspendRequested).tell(ActivityCompleted, ref=ref, attempt=1, result={"$$y": 2})
    again = decode_state(encode_state(run.state))
    assert again.held == run.state.held
    assert again.waits[ref].command == run.state.waits[ref].command


def test_input_and_context_are_written_once(told: Callable[..., Any]) -> None:
    text = "x" * 1000
    state = told([{"w": {"wait": "PT1S"}}], {"t": text}).state
    assert encode_state(state).count(text.encode()) == 2  # the run's input and the token's data


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xc1", b"\x81\xa1v\x63", b"garbage", b"\x81\xa1v\xa1x"])
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(StateUnreadable):
        decode_state(data)


def test_newer_versions_are_refused(told: Callable[..., Any]) -> None:
    state = told([{"w": {"wait": "PT1S"}}]).state
    newer = msgspec.structs.replace(state, v=99)
    with pytest.raises(StateUnreadable):
        decode_state(encode_state(newer))
