"""The oracle of the differential tests: the `jq` package in a child process with an empty environment."""

import json
import math
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("jq_child.py")


class Oracle:
    """Asks the child; starts a new one when it died or said nothing for `patience` seconds."""

    patience = 10

    def __init__(self):
        self.child = None

    def start(self):
        self.child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        )

    def stop(self):
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None

    def run(self, program, value):
        """`(results, error, compile error)`; None when the package died or hung."""
        if self.child is None:
            self.start()
        request = json.dumps([program, json.dumps(value, ensure_ascii=False)]) + "\n"
        try:
            self.child.stdin.write(request.encode())
            self.child.stdin.flush()
            ready, _, _ = select.select([self.child.stdout], [], [], self.patience)
            line = self.child.stdout.readline() if ready else b""
        except OSError:
            line = b""
        if not line:
            self.stop()
            return None
        return json.loads(line)


def canonical(value):
    """A value in the form in which two systems are compared: 1.0 as 1, floats cut to 14 digits, nan as null."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return {key: canonical(item) for key, item in value.items()}


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None if value != value else math.copysign(1.7976931348623157e308, value)
    if abs(value) < 2**53 and value == int(value):
        return int(value)
    return float(f"{float(value):.14g}")


def error_value(text):
    """An error's text; the value itself when the text is JSON of something else, as both sides write it."""
    try:
        return canonical(json.loads(text))
    except ValueError:
        return text


class Comparison:
    """Ours against the oracle, on one program and one document."""

    def __init__(self, oracle):
        self.oracle = oracle
        self.same = 0
        self.skipped = 0

    def ours(self, program, value):
        """`(results before an error, error text or None)`; None when a budget was spent."""
        from weft.dsl.expr import Budget, ExpressionFault, compile_expr

        compiled = compile_expr(program)
        if compiled.result is None:
            return [], None, compiled.problems[0].message
        results = []
        try:
            for result in compiled.result._results(value, (), Budget()):
                results.append(result)
                if len(results) > 2000:
                    break
        except ExpressionFault as fault:
            return None if fault.code == "BUDGET" else (results, fault.message, None)
        return results, None, None

    def check(self, program, value):
        """Assert that both sides agree; what only one of them can finish is skipped and counted."""
        theirs = self.oracle.run(program, value)
        mine = self.ours(program, value)
        if theirs is None or mine is None:
            self.skipped += 1
            return
        told = f"{program!r} on {json.dumps(value, ensure_ascii=False)}: jq {theirs}, ours {mine}"
        assert (theirs[2] is None) == (mine[2] is None), told
        assert canonical(theirs[0]) == canonical(mine[0]), told
        if theirs[1] is None or mine[1] is None:
            assert theirs[1] is mine[1] is None, told
        else:
            assert error_value(theirs[1]) == error_value(mine[1]), told
        self.same += 1


@pytest.fixture(scope="session")
def oracle():
    oracle = Oracle()
    yield oracle
    oracle.stop()


@pytest.fixture
def compare(oracle):
    return Comparison(oracle)


@pytest.fixture(scope="session")
def examples():
    """How many generated examples a test takes, by the setting WEFT_EXAMPLES (a factor)."""
    return lambda count: int(count * float(os.environ.get("WEFT_EXAMPLES", "1")))
