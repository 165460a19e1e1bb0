"""The pure machine: transitions, activity turns, loops, forks, starts; `step` only, journal records included.

Each figure is the median of 9 series after a warm-up, in processor time, on a generated 1 KB document. `calibrated` is
the time of one unit divided by that of a fixed pure-Python calibration loop measured in the same process, so that
runs on different machines can be compared. `run()` gives the rows; started as a program it prints them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks import rows
from weft.dsl.compile import compile_document
from weft.dsl.machine.commands import ScheduleActivity, Yield
from weft.dsl.machine.inputs import ActivityCompleted, AnyInput, Continue, RunStarted, Trigger
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import RunState
from weft.dsl.machine.step import step

SERIES = 9
AT = 1_700_000_000_000
LIMITS = {"transitions": 10_000_000, "turn_transitions": 10_000}
HEAD = {"dsl": "1.0.3", "namespace": "bench", "name": "machine", "version": "1.0.0"}


def document_1kb() -> dict[str, Any]:
    """About 1 KB of plain data."""
    return {
        "n": 0,
        "items": [{"id": k, "name": f"device-{k}", "up": k % 2 == 0} for k in range(15)],
        "site": {"name": "north", "tags": ["a", "b", "c"], "address": {"street": "x" * 100, "zip": "12345"}},
    }


def calibration() -> float:
    """Seconds of a fixed loop of dictionary and integer work, per round."""
    rounds = 20_000
    series: list[float] = []
    for _ in range(SERIES):
        table: dict[int, int] = {}
        begin = time.process_time()
        for k in range(rounds):
            table[k & 255] = table.get(k & 127, 0) + k
        series.append((time.process_time() - begin) / rounds)
    return statistics.median(series)


def program_of(document: dict[str, Any], dialect: str | None = None) -> Program:
    compiled = compile_document(document, dialect=dialect)
    if compiled.program is None:
        raise SystemExit("; ".join(problem.text() for problem in compiled.problems))
    return compiled.program


def started(program: Program, value: Any) -> RunStarted:
    return RunStarted(
        seq=1,
        at=AT,
        job="j",
        run="r",
        seed=b"s" * 32,
        identity=program.identity,
        input=value,
        trigger=Trigger("request"),
        limits=LIMITS,
    )


def drive(program: Program, value: Any) -> RunState:
    """Start a run and go on until it parks or ends."""
    state, commands = step(program, None, started(program, value))
    while commands and isinstance(commands[-1], Yield):
        state, commands = step(program, state, Continue(seq=state.seq + 1, at=AT))
    return state


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Median and 95th percentile of the seconds per unit over the series; `work` answers how many units it did."""
    work()
    series: list[float] = []
    for _ in range(SERIES):
        begin = time.process_time()
        units = work()
        series.append((time.process_time() - begin) / units)
    series.sort()
    return statistics.median(series), series[-1]


def tasks_circle(rounds: int) -> Program:
    """1.0: `set` then `switch`, in a circle."""
    return program_of(
        {
            "document": HEAD,
            "do": [
                {"s": {"set": "${ .n += 1 }"}},
                {"c": {"switch": [{"again": {"when": f".n < {rounds}", "then": "s"}}, {"stop": {"then": "exit"}}]}},
            ],
        }
    )


def states_circle(rounds: int) -> Program:
    """0.x: `inject`, `switch`, `operation` with an expression function, in a circle."""
    return program_of(
        {
            "id": "bench",
            "name": "bench",
            "version": "1.0",
            "specVersion": "0.8",
            "start": "inject",
            "functions": [{"name": "plus", "type": "expression", "operation": "{n: (.n + 1)}"}],
            "states": [
                {"name": "inject", "type": "inject", "data": {"seen": True}, "transition": "switch"},
                {
                    "name": "switch",
                    "type": "switch",
                    "dataConditions": [{"condition": f"${{ .n < {rounds} }}", "transition": "work"}],
                    "defaultCondition": {"transition": "stop"},
                },
                {
                    "name": "work",
                    "type": "operation",
                    "actions": [{"functionRef": "plus"}],
                    "transition": "inject",
                },
                {"name": "stop", "type": "inject", "data": {}, "end": True},
            ],
        },
        "v08",
    )


def states_calls() -> Program:
    """0.x: operations with filters, one activity after the other."""
    action = {
        "functionRef": {"refName": "get", "arguments": {"input": {"host": "${ .name }"}}},
        "actionDataFilter": {"fromStateData": "${ .site }", "results": "${ .data }", "toStateData": "${ .facts }"},
    }
    return program_of(
        {
            "id": "calls",
            "name": "calls",
            "version": "1.0",
            "specVersion": "0.8",
            "functions": [{"name": "get", "operation": "acme.net.v1.0.0.dev.Get", "metadata": {"worker": "w"}}],
            "states": [{"name": "work", "type": "operation", "actions": [action] * 50, "end": True}],
        },
        "cwm",
    )


def tasks_calls() -> Program:
    """1.0: calls of activities, one after the other."""
    call = {
        "call": "acme.net.v1.0.0.dev.Get",
        "with": {"input": {"host": "${ .site.name }"}},
        "output": {"as": "${ $input + {facts: .data} }"},
    }
    return program_of({"document": HEAD, "do": [{f"c{k}": call} for k in range(50)]})


def loop(passes: int) -> Program:
    return program_of(
        {
            "document": HEAD,
            "do": [{"l": {"for": {"in": f"[range({passes})]"}, "do": [{"s": {"set": "${ .n = $item }"}}]}}],
        }
    )


def fork(branches: int) -> Program:
    items = [{f"b{k}": {"set": {"k": k}}} for k in range(branches)]
    return program_of({"document": HEAD, "do": [{"f": {"fork": {"branches": items}}}]})


def through(program: Program, value: Any) -> int:
    return drive(program, value).transitions


def answers(program: Program, value: Any) -> int:
    """Answer activities one by one until the run ends; how many answers were given."""
    state, commands = step(program, None, started(program, value))
    count = 0
    while True:
        task = next((c for c in commands if isinstance(c, ScheduleActivity)), None)
        if task is None:
            return count
        seq = state.seq + 1
        answer: AnyInput = ActivityCompleted(
            seq=seq, at=AT + seq, ref=task.ref, attempt=task.attempt, result={"status": 200, "data": {"os": "x"}}
        )
        state, commands = step(program, state, answer)
        count += 1


def row(work: str, median: float, slowest: float, base: float, target_us: float) -> dict[str, Any]:
    """`calibrated` is the time in calibration loops, to compare machines."""
    return rows.row(
        work, "Weft", "pure machine", per_second=1 / median, p50_ms=median * 1000, target=f"p50 <= {target_us} us",
        met=median * 1e6 <= target_us, p95_ms=round(slowest * 1000, 6), calibrated=round(median / base, 1),
    )  # fmt: skip


def codec_row(base: float) -> dict[str, Any]:
    """Writing and reading a state that is about 10 KB long when written."""
    from weft.dsl.machine.codec import decode_state, encode_state

    state = drive(tasks_calls(), {**document_1kb(), "more": [document_1kb() for _ in range(5)]})
    size = len(encode_state(state))

    def work() -> int:
        for _ in range(200):
            decode_state(encode_state(state))
        return 200

    return row(f"write and read a state of {size:,} bytes", *timed(work), base, 100)


def memory_row(base: float) -> dict[str, Any]:
    """Bytes of a compiled program of 50 tasks."""
    import tracemalloc

    tracemalloc.start()
    program = tasks_calls()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return rows.row(
        "memory of a compiled 50-task program", "Weft", f"{len(program.nodes)} nodes, {size:,} bytes",
        target="<= 1 MiB", met=size <= 1 << 20,
    )  # fmt: skip


def run() -> list[dict[str, Any]]:
    """All rows; `met` false marks a target that was missed."""
    base = calibration()
    data = document_1kb()
    large = {**data, "untouched": ["x" * 1000 for _ in range(1000)]}
    circle, old_circle, calls, old_calls = tasks_circle(1000), states_circle(1000), tasks_calls(), states_calls()
    loops, forked = loop(1000), fork(100)

    def starts() -> int:
        for _ in range(200):
            step(calls, None, started(calls, data))
        return 200

    def forks() -> int:
        drive(forked, data)
        return 1

    found = [
        row("transition, 1.0 set and switch", *timed(lambda: through(circle, data)), base, 30),
        row("transition, 1.0, 1 MB untouched", *timed(lambda: through(circle, large)), base, 30),
        row("transition, 0.x inject, switch, operation", *timed(lambda: through(old_circle, data)), base, 30),
        row("activity result to next activity, 1.0", *timed(lambda: answers(calls, data)), base, 80),
        row("activity result to next activity, 0.x", *timed(lambda: answers(old_calls, data)), base, 80),
        row("for pass with one set", *timed(lambda: through(loops, data) - 1), base, 40),
        row("fork of 100 branches", *timed(forks), base, 6_000),
        row("start to first command", *timed(starts), base, 200),
    ]
    return [*found, codec_row(base), memory_row(base)]


def main() -> None:
    found = run()
    if "--json" in sys.argv:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        return
    print(rows.show(found))


if __name__ == "__main__":
    main()
