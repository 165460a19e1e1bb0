"""The properties of `step`: total, pure, deterministic, persistent; folding the log gives the state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.machine import commands as c
from weft.dsl.machine import inputs as i
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.faults import fault
from weft.dsl.machine.state import ENDED
from weft.dsl.machine.step import fold, step

CALL = {"call": "acme.net.v1.0.0.dev.Get", "with": {"input": {"x": "${ . }"}}}
CHILD = {"run": {"workflow": {"namespace": "n", "name": "kid", "version": "1.0.0"}}}
MIXED = [
    {
        "t": {
            "try": [
                {
                    "f": {
                        "fork": {
                            "branches": [
                                {"a": {**CALL, "timeout": {"after": "PT5S"}}},
                                {"b": {"do": [{"w": {"wait": "PT3S"}}, {"k": CHILD}]}},
                                {"l": {"for": {"in": "[1,2]"}, "do": [{"c": CALL}]}},
                            ]
                        }
                    }
                }
            ],
            "catch": {
                "errors": {"with": {"status": 503}},
                "retry": {
                    "delay": "PT1S",
                    "jitter": {"from": "PT0S", "to": "PT1S"},
                    "limit": {"attempt": {"count": 2}},
                },
                "do": [{"s": {"set": {"caught": "${ $error.status }"}}}],
            },
        }
    },
    {"race": {"fork": {"compete": True, "branches": [{"x": CALL}, {"y": {"wait": "PT1S"}}]}}},
]

REFS = st.integers(1, 25).flatmap(lambda n: st.sampled_from([f"{letter}{n}" for letter in "atecm"]))
FAULTS = st.sampled_from(
    [fault("communication", "", status=503), fault("runtime", ""), fault("timeout", "", code="TIMEOUT")]
)
ANY = st.one_of(
    st.tuples(st.just(i.ActivityCompleted), st.fixed_dictionaries({"ref": REFS, "attempt": st.integers(1, 2)})),
    st.tuples(st.just(i.ActivityStarted), st.fixed_dictionaries({"ref": REFS, "attempt": st.just(1)})),
    st.tuples(st.just(i.ActivityFailed), st.fixed_dictionaries({"ref": REFS, "attempt": st.just(1), "fault": FAULTS})),
    st.tuples(st.just(i.TimerFired), st.fixed_dictionaries({"ref": REFS, "due_at": st.just(0)})),
    st.tuples(st.just(i.EventReceived), st.fixed_dictionaries({"ref": REFS, "event": st.just({"type": "a"})})),
    st.tuples(st.just(i.ChildCompleted), st.fixed_dictionaries({"ref": REFS, "output": st.integers()})),
    st.tuples(st.just(i.ChildFailed), st.fixed_dictionaries({"ref": REFS, "fault": FAULTS})),
    st.tuples(st.just(i.ChildCancelled), st.fixed_dictionaries({"ref": REFS})),
    st.tuples(st.just(i.ManualTaskCompleted), st.fixed_dictionaries({"ref": REFS})),
    st.tuples(st.sampled_from([i.SuspendRequested, i.ResumeRequested, i.Continue]), st.just({})),
    st.tuples(st.sampled_from([i.CancelRequested, i.TerminateRequested]), st.just({})),
)
# What is likely to be wanted next: an index into the open waits, and how it is answered.
LIKELY = st.tuples(st.integers(0, 5), st.sampled_from(["done", "fail", "503"]))
SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture(scope="module")
def mixed() -> Any:
    from weft.dsl.compile import compile_document

    head = {"dsl": "1.0.3", "namespace": "t", "name": "mixed", "version": "1.0.0"}
    made = compile_document({"document": head, "do": MIXED, "timeout": {"after": "PT1H"}}).program
    assert made is not None
    return made


def started(program: Any) -> i.RunStarted:
    return i.RunStarted(
        seq=1,
        at=1000,
        job="j",
        run="r",
        seed=b"s" * 32,
        identity=program.identity,
        input={"n": 1},
        trigger=i.Trigger("request"),
    )


def likely(state: Any, choice: tuple[int, str], seq: int) -> Any:
    """An answer to one of the open waits, or Continue where there is none."""
    waits = list(state.waits.values())
    if not waits:
        return i.Continue(seq=seq, at=seq * 1000)
    wait = waits[choice[0] % len(waits)]
    base = {"seq": seq, "at": seq * 1000, "ref": wait.ref}
    if wait.kind == "timer":
        return i.TimerFired(**base, due_at=wait.due_at)
    problem = fault("communication", "", status=503 if choice[1] == "503" else 500)
    if wait.kind == "activity":
        if choice[1] == "done":
            return i.ActivityCompleted(**base, attempt=wait.attempt, result={"r": seq})
        return i.ActivityFailed(**base, attempt=wait.attempt, fault=problem)
    return i.ChildCompleted(**base, output=seq) if choice[1] == "done" else i.ChildFailed(**base, fault=problem)


def told(program: Any, choices: list[Any], state: Any = None) -> tuple[Any, list[Any], list[Any]]:
    """The last state, the log and all commands of a random conversation."""
    state, out = step(program, None, started(program))
    log: list[Any] = [started(program)]
    every = list(out)
    for choice in choices:
        seq = len(log) + 1
        if isinstance(choice[0], int):
            inp = likely(state, choice, seq)
        else:
            inp = choice[0](seq=seq, at=seq * 1000, **choice[1])
        state, out = step(program, state, inp)
        log.append(inp)
        every.extend(out)
    return state, log, every


@given(st.lists(ANY | LIKELY, max_size=25))
@SLOW
def test_total_and_fold_equals_snapshot(mixed: Any, choices: list[Any]) -> None:
    state, log, _ = told(mixed, choices)
    assert_sound(state)
    assert state.fault is None or state.fault.code != "INTERNAL"
    assert encode_state(fold(mixed, log)) == encode_state(state)
    half = len(log) // 2
    snapshot = fold(mixed, log[:half]) if half else None
    rest = decode_state(encode_state(snapshot)) if snapshot is not None else None
    for inp in log[half:]:
        rest, _ = step(mixed, rest, inp)
    assert encode_state(rest) == encode_state(state)


def assert_sound(state: Any) -> None:
    """What refers to one another in a state exists."""
    waits = state.waits
    assert all(ref in waits and waits[ref].token == t.id for t in state.tokens.values() for ref in t.refs)
    assert all(not w.token or ref in state.tokens[w.token].refs for ref, w in waits.items())
    assert all(not t.inner or t.inner in state.scopes for t in state.tokens.values())
    assert state.busy == sum(w.kind in ("activity", "child") for w in waits.values())
    if state.tokens:
        assert all(child in state.tokens for scope in state.scopes.values() for child in scope.children)


@given(st.lists(ANY | LIKELY, max_size=15), ANY | LIKELY)
@SLOW
def test_the_given_state_is_not_modified(mixed: Any, choices: list[Any], last: Any) -> None:
    state, log, _ = told(mixed, choices)
    before = repr(state)
    seq = len(log) + 1
    inp = likely(state, last, seq) if isinstance(last[0], int) else last[0](seq=seq, at=seq * 1000, **last[1])
    step(mixed, state, inp)
    assert repr(state) == before


CLOSERS = {
    c.CancelActivity: c.ScheduleActivity,
    c.CancelTimer: c.StartTimer,
    c.CancelChild: c.StartChild,
    c.TerminateChild: c.StartChild,
}


@given(st.lists(LIKELY, max_size=40))
@SLOW
def test_every_ref_is_closed_exactly_once_by_the_end(mixed: Any, choices: list[Any]) -> None:
    state, log, every = told(mixed, choices)
    if state.phase not in ENDED:
        seq = len(log) + 1
        state, out = step(mixed, state, i.TerminateRequested(seq=seq, at=seq * 1000))
        every = every + out
    opened = {x.ref for x in every if isinstance(x, (c.ScheduleActivity, c.StartTimer, c.StartChild))}
    closed = Counter(x.ref for x in every if isinstance(x, tuple(CLOSERS)))
    answered = Counter(inp.ref for inp in log if hasattr(inp, "ref"))
    assert not state.waits
    for ref in opened:
        assert closed[ref] + answered[ref] == 1, ref
    assert set(closed) <= opened


@given(st.lists(LIKELY, max_size=20))
@SLOW
def test_commands_name_positions_of_the_program(mixed: Any, choices: list[Any]) -> None:
    positions = {node.position for node in mixed.nodes} | {""}
    for command in told(mixed, choices)[2]:
        assert getattr(command, "position", "") in positions


@given(st.lists(LIKELY, max_size=20))
@SLOW
def test_suspend_and_resume_change_nothing_but_the_journal(mixed: Any, choices: list[Any]) -> None:
    plain, log, _ = told(mixed, choices)
    at = log[-1].at
    paused, _ = step(mixed, plain, i.SuspendRequested(seq=len(log) + 1, at=at))
    resumed, _ = step(mixed, paused, i.ResumeRequested(seq=len(log) + 2, at=at))
    assert resumed.phase == plain.phase
    assert due(resumed) == due(plain)
    assert [t.node for t in resumed.tokens.values()] == [t.node for t in plain.tokens.values()]
    for k in range(6):
        choice = (k, "done")
        plain, _ = step(mixed, plain, likely_sorted(plain, choice, len(log) + 3 + k))
        resumed, _ = step(mixed, resumed, likely_sorted(resumed, choice, len(log) + 3 + k))
    assert (plain.phase, plain.output) == (resumed.phase, resumed.output)


def due(state: Any) -> list[Any]:
    return sorted((w.kind, w.purpose, w.due_at, w.token) for w in state.waits.values())


def likely_sorted(state: Any, choice: Any, seq: int) -> Any:
    ordered = sorted(state.waits.values(), key=lambda w: (w.kind, w.purpose, w.due_at, w.token))
    return likely(msgspec.structs.replace(state, waits={w.ref: w for w in ordered}), choice, seq)


@given(st.lists(ANY | LIKELY, max_size=20))
@SLOW
def test_cancel_always_ends(mixed: Any, choices: list[Any]) -> None:
    state, log, _ = told(mixed, choices)
    seq = len(log) + 1
    state, _ = step(mixed, state, i.CancelRequested(seq=seq, at=seq * 1000))
    for _ in range(40):
        if state.phase in ENDED:
            break
        seq += 1
        state, out = step(mixed, state, likely(state, (0, "done"), seq))
        assert not any(isinstance(x, (c.ScheduleActivity, c.StartTimer, c.StartChild)) for x in out)
    assert state.phase in ENDED


def test_before_the_start_everything_is_ignored(mixed: Any) -> None:
    state, out = step(mixed, None, i.TimerFired(seq=1, at=1, ref="t1", due_at=1))
    assert (state.phase, [x.type for x in out]) == ("pending", ["ignored"])
    state, out = step(mixed, state, started(mixed))
    assert state.phase == "running"


def test_time_never_runs_backwards(mixed: Any) -> None:
    state, _ = step(mixed, None, started(mixed))
    state, _ = step(mixed, state, i.Continue(seq=2, at=1))
    assert state.clock == 1000


def test_one_turn_does_a_bounded_amount_and_yields(told: Callable[..., Any]) -> None:
    run = told([{"a": {"set": {"n": 1}, "then": "b"}}, {"b": {"set": {"n": 2}, "then": "a"}}])
    assert run.told().transitions == 1000
    assert isinstance(run.acts[-1], c.Yield)
    run.tell(i.Continue)
    assert run.told().transitions == 2000


def test_yield_lets_other_branches_go_on(told: Callable[..., Any]) -> None:
    endless = {"do": [{"a": {"set": {"n": 1}, "then": "b"}}, {"b": {"set": {"n": 2}, "then": "a"}}]}
    run = told([{"f": {"fork": {"compete": True, "branches": [{"x": endless}, {"y": {"set": {"done": True}}}]}}}])
    run.tell(i.Continue)
    assert run.told().output == {"done": True}


TWIN = """
import hashlib, json, sys
sys.path.insert(0, {here!r})
from weft.dsl.compile import compile_document
from weft.dsl.machine.step import step
from weft.dsl.machine.codec import encode_state
from weft.dsl.machine import inputs as i
import msgspec
document = json.loads({document!r})
program = compile_document(document).program
state, out = step(program, None, i.RunStarted(seq=1, at=1000, job="j", run="r", seed=b"s" * 32,
    identity=program.identity, input={{"b": 1, "a": [1, 2]}}, trigger=i.Trigger("request")))
told = [msgspec.json.encode(out)]
for seq in range(2, 40):
    waits = list(state.waits.values())
    if not waits:
        break
    wait = waits[seq % len(waits)]
    if wait.kind == "activity":
        inp = i.ActivityCompleted(seq=seq, at=seq * 1000, ref=wait.ref, attempt=1, result={{"z": seq, "y": [seq]}})
    elif wait.kind == "timer":
        inp = i.TimerFired(seq=seq, at=seq * 1000, ref=wait.ref, due_at=wait.due_at)
    else:
        inp = i.ChildCompleted(seq=seq, at=seq * 1000, ref=wait.ref, output=seq)
    state, out = step(program, state, inp)
    told.append(msgspec.json.encode(out))
    told.append(encode_state(state))
print(program.digest, hashlib.sha256(b"".join(told)).hexdigest())
"""


def test_row_101_twins_with_different_hash_seeds_agree() -> None:
    document = {
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "twin", "version": "1.0.0"},
        "do": MIXED,
        "timeout": {"after": "PT1H"},
    }
    script = TWIN.format(document=json.dumps(document), here="")
    answers = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1] != ""
