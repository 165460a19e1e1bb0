"""Expressions: ours beside the `jq` package with a cached program.

    .venv/bin/python -m benchmarks.expr

Conversion of the document counts for the package (value in, first result out); binding of the variables counts for
ours. Medians over many short series; `ratio` is the package's time divided by ours. Machines are noisy: a missed
target is marked and fails nothing. `calibration` is the time of a fixed pure Python loop on this machine.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmarks import rows
from weft.dsl.expr import Budget, Names, compile_expr

NAMES = Names(frozenset(["WORKFLOW", "CONST", "item"]))
SERIES = 31
CALIBRATION_US = 50.0
"""What the calibration loop takes on the machine that the targets were written for."""


def document() -> dict[str, Any]:
    """About 1 KB of JSON, like what a definition works on."""
    items = [{"sku": f"A-{n:03d}", "price": 5 + n * 2, "qty": n, "tags": ["x", "y"]} for n in range(10)]
    return {
        "order": {"id": "o-4711", "items": items, "customer": {"name": "Ann Doe", "city": "Oslo", "age": 42}},
        "status": "open",
        "a": {"b": {"c": 1, "d": {"e": "deep"}}},
        "numbers": list(range(20)),
        "note": "a document of about one kilobyte for the measurement of expressions",
    }


# name, expression, input key or None, target in microseconds or None, least ratio or None
WORKS: list[tuple[str, str, str | None, float | None, float | None]] = [
    ("path of four keys", ".a.b.d.e", None, 0.5, 20),
    ("object of three keys", "{id: .order.id, city: .order.customer.city, n: (.order.items | length)}", None, 1.5, 20),
    ("select ten items", "[.order.items[] | select(.price > 12) | .sku]", None, 15, 20),
    ("comparison with a constant", '.status == "open"', None, 0.6, None),
    ("and of two comparisons", '.status == "open" and .a.b.c == 1', None, 0.6, None),
    ("text with two interpolations", '"\\(.order.id) is \\(.status)"', None, 1.5, None),
    ("reduce over 100 numbers", "reduce .[] as $x (0; . + $x)", "hundred", 40, None),
    ("deep update", ".a.b.c |= . + 1", None, 3, None),
]


def timed(run: Callable[[], Any]) -> float:
    """Median time of one call in microseconds."""
    run()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            run()
        if time.perf_counter() - start > 0.003:
            break
        count *= 2
    samples: list[float] = []
    gc.disable()
    for _ in range(SERIES):
        start = time.perf_counter()
        for _ in range(count):
            run()
        samples.append((time.perf_counter() - start) / count * 1e6)
    gc.enable()
    return statistics.median(samples)


def calibration() -> float:
    """Microseconds of a loop that only depends on the machine."""

    def loop() -> int:
        total = 0
        for n in range(1000):
            total += n & 7
        return total

    return timed(loop)


def ours(text: str, value: Any) -> Callable[[], Any]:
    compiled = compile_expr(text, names=NAMES)
    assert compiled.result is not None, compiled.problems
    run, budget = compiled.result.one, Budget()
    vars = tuple({"id": "w"} for _ in compiled.result.info.needs)

    def call() -> Any:
        budget.left = 2_000_000
        return run(value, vars, budget)

    return call


def package(text: str, value: Any) -> Callable[[], Any] | None:
    """The same through the `jq` package; None where it is not installed or the text needs our variables."""
    try:
        import jq
    except ImportError:
        return None
    try:
        program = jq.compile(text)
        program.input_value(value).first()
    except (ValueError, StopIteration):
        return None
    return lambda: program.input_value(value).first()


def row(
    work: str, system: str, micros: float, ratio: float | None = None, target: float | None = None,
    least: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`target` in microseconds; `least` is the ratio to the package that is asked for."""
    wanted: list[str] = []
    met = True
    if target is not None:
        wanted.append(f"p50 <= {target} us")
        met = micros <= target
    if least is not None and ratio is not None:
        wanted.append(f">= {least}x")
        met = met and ratio >= least
    more = {"target": ", ".join(wanted), "met": met} if wanted else {}
    return rows.row(work, system, "one core", per_second=1e6 / micros, p50_ms=micros / 1000, ratio=ratio, **more)


def measured(work: str, text: str, value: Any, target: float | None, least: float | None) -> list[dict[str, Any]]:
    mine = timed(ours(text, value))
    other = package(text, value)
    theirs = None if other is None else timed(other)
    found = [row(work, "Weft", mine, None if theirs is None else theirs / mine, target, least)]
    if theirs is not None:
        found.append(row(work, "jq package", theirs))
    return found


def sample_texts() -> list[str]:
    """Every `${ }` expression of the sample definitions in the repository, each once."""
    from weft.dsl.expr.template import split_text

    found: dict[str, None] = {}
    root = Path(__file__).resolve().parent.parent / "tests" / "conformance"
    for file in sorted(root.rglob("*.yaml")) + sorted(root.rglob("*.json")):
        try:
            stack: list[Any] = [yaml.safe_load(file.read_text("utf-8"))]
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        while stack:
            top = stack.pop()
            if isinstance(top, dict):
                stack.extend(top.values())
            elif isinstance(top, list):
                stack.extend(top)
            elif isinstance(top, str) and "${" in top:
                try:
                    found.update((text.strip(), None) for is_expr, text in split_text(top) if is_expr)
                except Exception:
                    continue
    return list(found)


def samples() -> list[dict[str, Any]]:
    """The geometric mean of the ratios over all sample expressions that both sides evaluate on the 1 KB document."""
    ratios: list[float] = []
    value = document()
    for text in sample_texts():
        compiled = compile_expr(text, names=NAMES)
        other = package(text, value) if compiled.result is not None else None
        if other is None:
            continue
        try:
            run = ours(text, value)
            run()
        except Exception:
            continue
        ratios.append(timed(other) / timed(run))
    if not ratios:
        return []
    mean = statistics.geometric_mean(ratios)
    mode = f"{len(ratios)} expressions"
    return [rows.row("sample expressions, geometric mean", "Weft", mode, ratio=mean, target=">= 20x", met=mean >= 20)]


def run() -> list[dict[str, Any]]:
    """All rows; `ratio` is the `jq` package's time over ours."""
    value = document()
    found: list[dict[str, Any]] = []
    inputs = {"hundred": list(range(100))}
    for work, text, key, target, least in WORKS:
        found += measured(work, text, value if key is None else inputs[key], target, least)
    text = ".order.items | map(select(.qty > 1)) [0]"
    compiling = timed(lambda: compile_expr(text, names=NAMES))
    found.append(row("compile of 40 characters", "Weft", compiling, target=300))
    large = {"a": {"b": {"d": {"e": 1}}}, "rest": [{"k": n, "v": "x" * 100} for n in range(100_000)]}
    path = timed(ours(".a.b.d.e", large))
    found.append(row("path of four keys, 10 MB", "Weft", path, target=0.5))
    found += samples()
    loop = calibration()
    mode = f"{loop / CALIBRATION_US:.2f} times the machine of the targets"
    found.append(rows.row("calibration loop", "Python", mode, per_second=1e6 / loop, p50_ms=loop / 1000))
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(rows.show(run()))


if __name__ == "__main__":
    main()
