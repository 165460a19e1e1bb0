"""The backtracking machine of the metered matcher.

A pattern becomes a program of instructions `(act, next, other)`: with `other` >= 0 a split that tries `next` first;
without `act` the end; else `act(run, position)` gives the position to go on with, or -1. One step is one instruction
and is charged to the caller's budget, whose exception ends the match. Without back-references what follows depends on
(instruction, position) alone, so a split is entered once per position: matching is then linear in the subject times
the program, and loops over nothing end by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from weft.dsl.expr.regex_ast import RegexError

MAX_VISITED: Final = 1_000_000
_CHARGE_EVERY: Final = 128

Act = Callable[["Run", int], int]
Charge = Callable[[int], None]
Instruction = tuple[Act | None, int, int]


class Program:
    """Instructions of one level; look-arounds and atomic groups have programs of their own."""

    __slots__ = ("code", "entry", "memo")

    def __init__(self, memo: bool) -> None:
        self.code: list[Instruction] = []
        self.entry = 0
        self.memo = memo


class Run:
    """One search: subject, captures and the steps not yet charged."""

    __slots__ = ("caps", "charge", "length", "search_start", "stack", "steps", "text", "visits")

    def __init__(self, text: str, slots: int, charge: Charge, search_start: int) -> None:
        self.text = text
        self.length = len(text)
        self.caps = [-1] * slots
        self.charge = charge
        self.stack: list[tuple[int, int]] = []
        self.search_start = search_start
        self.steps = 0
        self.visits = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps >= _CHARGE_EVERY:
            self.settle()

    def settle(self) -> None:
        steps, self.steps = self.steps, 0
        if steps:
            self.charge(steps)

    def set(self, slot: int, value: int) -> None:
        """Sets a capture slot so that backtracking takes it back."""
        self.stack.append((-slot - 1, self.caps[slot]))
        self.caps[slot] = value

    def undo(self) -> tuple[int, int]:
        """Takes back to the newest alternative; (-1, -1) if there is none."""
        stack = self.stack
        while stack:
            key, value = stack.pop()
            if key >= 0:
                return key, value
            self.caps[-key - 1] = value
        return -1, -1


def execute(program: Program, run: Run, at: int, visited: set[int], accept: Callable[[int], bool]) -> int:
    """Runs from `at`; the position where a match was accepted, or -1."""
    code, span, memo = program.code, run.length + 1, program.memo
    pc = program.entry
    while True:
        run.step()
        act, following, other = code[pc]
        if other >= 0:
            key = pc * span + at
            if memo and key in visited:
                pc, at = run.undo()
            else:
                _visit(run, visited, key, memo)
                run.stack.append((other, at))
                pc = following
        elif act is None:
            if accept(at):
                return at
            pc, at = run.undo()
        else:
            moved = act(run, at)
            pc, at = (following, moved) if moved >= 0 else run.undo()
        if pc < 0:
            return -1


def _visit(run: Run, visited: set[int], key: int, memo: bool) -> None:
    if not memo:
        return
    visited.add(key)
    run.visits += 1
    if run.visits > MAX_VISITED:
        raise RegexError("Regex failure: the match needs too much memory")


def nested(program: Program, run: Run, at: int, accept: Callable[[int], bool]) -> int:
    """Runs a program of its own; its captures stay, and are taken back with what surrounds it."""
    outer, run.stack = run.stack, []
    visits = run.visits
    end = execute(program, run, at, set(), accept)
    run.visits = visits
    if end >= 0:
        outer.extend(entry for entry in run.stack if entry[0] < 0)
    run.stack = outer
    return end
