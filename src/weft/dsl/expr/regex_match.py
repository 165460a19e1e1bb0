"""The metered matcher: what RE2 cannot do, searched by the backtracking machine and paid for step by step."""

from __future__ import annotations

from weft.dsl.expr.regex_ast import BackRef, Parsed, any_node
from weft.dsl.expr.regex_program import Builder
from weft.dsl.expr.regex_run import Charge, Run, execute


class Matcher:
    """A compiled pattern for the metered engine."""

    def __init__(self, parsed: Parsed) -> None:
        builder = Builder(len(parsed.names), memo=not any_node(parsed.root, BackRef))
        self.program = builder.program_of(parsed.root)
        self.slots = builder.slots
        self.groups = len(parsed.names)

    def search(
        self, text: str, start: int, charge: Charge, *, longest: bool = False, nonempty: bool = False
    ) -> list[tuple[int, int]] | None:
        """The first match at or after `start`, as spans of the match and its groups; (-1, -1) for none."""
        run = Run(text, self.slots, charge, start)
        attempt = _Attempt(longest, nonempty)
        visited: set[int] = set()
        try:
            for begin in range(start, len(text) + 1):
                found = self._match_at(run, begin, visited, attempt)
                if found is not None:
                    return found
            return None
        finally:
            run.settle()

    def _match_at(self, run: Run, begin: int, visited: set[int], attempt: _Attempt) -> list[tuple[int, int]] | None:
        run.stack.clear()
        run.caps[:] = [-1] * self.slots
        run.caps[0] = begin
        execute(self.program, run, begin, visited, lambda end: attempt.accept(run, end))
        caps = attempt.best
        if not caps:
            return None
        pairs = [(caps[2 * index], caps[2 * index + 1]) for index in range(self.groups + 1)]
        return [pair if pair[1] >= 0 else (-1, -1) for pair in pairs]


class _Attempt:
    """What counts as a match: not an empty one if those are unwanted; the longest of all if that is wanted."""

    __slots__ = ("best", "longest", "nonempty")

    def __init__(self, longest: bool, nonempty: bool) -> None:
        self.longest = longest
        self.nonempty = nonempty
        self.best: list[int] = []

    def accept(self, run: Run, end: int) -> bool:
        """Keeps the captures of a match that counts; true ends the attempt."""
        if self.nonempty and end == run.caps[0]:
            return False
        if not self.best or end > self.best[1]:
            self.best = [run.caps[0], end, *run.caps[2:]]
        return not self.longest
