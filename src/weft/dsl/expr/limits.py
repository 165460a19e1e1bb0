"""Budgets: how much one expression, and one call of `step`, may use.

Fuel is the same number on every machine: the static cost of the expression on entry, one per item or result that
a loop or generator produces, one per path step in updates, length/64 for built text and copied containers,
n·log2 n for sorts. Sizes are checked before the memory is taken.
"""

from __future__ import annotations

import msgspec

from weft.dsl.expr.errors import BudgetSpent

MIB = 1024 * 1024

MAX_TEXT = 16 * 1024
"""Characters of an expression."""
MAX_NODES = 5_000
"""Nodes of a syntax tree."""


class Limits(msgspec.Struct, frozen=True):
    """Defaults; an operator may raise each up to the hard value in HARD."""

    fuel: int = 200_000
    step_fuel: int = 2_000_000
    calls: int = 256
    value_depth: int = 256
    result: int = 4 * MIB
    text: int = 4 * MIB
    members: int = 1_000_000
    results: int = 100_000


DEFAULT = Limits()
HARD = Limits(10_000_000, 50_000_000, 2_000, 1_000, 64 * MIB, 64 * MIB, 10_000_000, 1_000_000)


def bounded(limits: Limits) -> Limits:
    """`limits`, none of them above its hard value."""
    return Limits(*(min(mine, hard) for mine, hard in zip(_values(limits), _values(HARD), strict=True)))


def _values(limits: Limits) -> list[int]:
    return [getattr(limits, name) for name in limits.__struct_fields__]


def size_text(size: int) -> str:
    """A size in bytes as people write it: `4 MiB`."""
    return f"{size // MIB} MiB" if size >= MIB and size % MIB == 0 else f"{size} bytes"


class Budget:
    """What is left, for one call of `step`: mutable, made by whoever calls `step`, never shared between threads.

    `now_ms` is the time of the input that is processed, `notes` collects what `debug` says when it is a list.
    `fuel` counts down within the running evaluation, `left` within the whole step.
    """

    __slots__ = ("cap", "depth", "fuel", "left", "limits", "notes", "now_ms", "spent")

    def __init__(self, now_ms: int = 0, limits: Limits = DEFAULT, notes: list[str] | None = None) -> None:
        self.now_ms = now_ms
        self.limits = limits
        self.cap = limits.fuel
        self.left = limits.step_fuel
        self.fuel = limits.fuel
        self.depth = 0
        self.spent = 0
        self.notes = notes

    def open(self, cost: int) -> int:
        """Begin an evaluation of the static cost `cost`; the answer is given back to `close`."""
        limit = self.limits.fuel
        start = limit if limit < self.left else self.left
        self.fuel = start - cost
        self.depth = 0
        if self.fuel < 0:
            self.exhausted()
        return start

    def close(self, start: int) -> None:
        """End the evaluation that `open` began: what it used is taken from the step."""
        used = start - self.fuel
        self.spent = used
        self.left -= used

    def charge(self, amount: int) -> None:
        """Use `amount` of fuel, or fail."""
        self.fuel -= amount
        if self.fuel < 0:
            self.exhausted()

    def exhausted(self) -> None:
        """Say which of the two fuel budgets is used up. Always raises BudgetSpent."""
        limit = self.limits
        self.fuel = 0
        if self.left < limit.fuel:
            raise BudgetSpent(f"expressions of one turn used more than {limit.step_fuel} steps")
        raise BudgetSpent(f"expression used more than {limit.fuel} steps")

    def enter(self) -> None:
        """One nested call more."""
        self.depth += 1
        if self.depth > self.limits.calls:
            raise BudgetSpent(f"expression has more than {self.limits.calls} nested calls")

    def text(self, length: int) -> None:
        """A text of `length` characters is about to be built."""
        if length > self.limits.text:
            raise BudgetSpent(f"expression builds a text larger than {size_text(self.limits.text)}")
        if length >= 64:
            self.charge(length >> 6)

    def members(self, count: int) -> None:
        """An array or object of `count` members is about to be built or copied."""
        if count > self.limits.members:
            raise BudgetSpent(f"expression builds an array or object of more than {self.limits.members} members")
        if count >= 64:
            self.charge(count >> 6)
