"""Turns a pattern's tree into a program for the backtracking machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from weft.dsl.expr.regex_ast import (
    MAX_WIDTH,
    WORD,
    Alt,
    Anchor,
    AnchorKind,
    Atomic,
    BackRef,
    Cat,
    Char,
    CharSet,
    Dot,
    Group,
    Keep,
    Look,
    Node,
    RegexError,
    Repeat,
    width,
)
from weft.dsl.expr.regex_re2 import compile_text
from weft.dsl.expr.regex_run import Act, Program, Run, nested

MAX_PROGRAM: Final = 20_000
_CACHED_CHARS: Final = 4_096


class Builder:
    """Turns trees into programs. Code is laid out from the end, so that every instruction knows its successor."""

    def __init__(self, groups: int, memo: bool) -> None:
        self.memo = memo
        self.slots = 2 * groups + 2
        self.total = 0

    def program_of(self, node: Node) -> Program:
        program = Program(self.memo)
        program.entry = self.build(program, node, self.add(program, None, -1))
        return program

    def add(self, program: Program, act: Act | None, following: int, other: int = -1) -> int:
        self.total += 1
        if self.total > MAX_PROGRAM:
            raise RegexError("Regex failure: the pattern is too large")
        program.code.append((act, following, other))
        return len(program.code) - 1

    def build(self, program: Program, node: Node, following: int) -> int:
        """Adds code for `node` in front of `following`; its entry."""
        if isinstance(node, Cat):
            for item in reversed(node.items):
                following = self.build(program, item, following)
            return following
        if isinstance(node, Alt):
            entry = self.build(program, node.items[-1], following)
            for item in reversed(node.items[:-1]):
                entry = self.add(program, None, self.build(program, item, following), entry)
            return entry
        if isinstance(node, Repeat):
            return self.repeat(program, node, following)
        if isinstance(node, Group):
            closed = self.add(program, _setter(2 * node.index + 1), following)
            inner = self.build(program, node.item, closed)
            return self.add(program, _opener(2 * node.index), inner)
        return self.add(program, self.act(node), following)

    def act(self, node: Node) -> Act:
        if isinstance(node, Char | CharSet | Dot):
            return _consume(char_test(node))
        if isinstance(node, Anchor):
            return _anchor(node.kind)
        if isinstance(node, BackRef):
            return _back_reference(node)
        if isinstance(node, Keep):
            return _setter(0)
        if isinstance(node, Atomic):
            return _atomic(self.program_of(node.item))
        assert isinstance(node, Look)
        return _look(self.program_of(node.item), node, width(node.item))

    def repeat(self, program: Program, node: Repeat, following: int) -> int:
        if node.mode == "possessive":
            greedy = Repeat(node.item, node.low, node.high, "greedy")
            return self.add(program, _atomic(self.program_of(greedy)), following)
        lazy = node.mode == "lazy"
        copies = node.low
        if node.high is None:
            copies = max(node.low - 1, 0)
            again = self.loop(program, node.item, following, lazy)
            following = again if node.low else self.optional(program, again, following, lazy)
        else:
            last = following
            for _ in range(node.high - node.low):
                following = self.optional(program, self.build(program, node.item, following), last, lazy)
        for _ in range(copies):
            following = self.build(program, node.item, following)
        return following

    def optional(self, program: Program, taken: int, skipped: int, lazy: bool) -> int:
        return self.add(program, None, skipped, taken) if lazy else self.add(program, None, taken, skipped)

    def loop(self, program: Program, item: Node, following: int, lazy: bool) -> int:
        """`item` once or more. With back-references an empty pass ends the loop by a mark of its own."""
        again = self.add(program, None, -1, 0)  # filled in below
        tail = again
        slot = -1
        if not self.memo and width(item)[0] == 0:
            slot = self.slots
            self.slots += 1
            tail = self.add(program, _moved(slot), again)
        body = self.build(program, item, tail)
        entry = self.add(program, _setter(slot), body) if slot >= 0 else body
        program.code[again] = (None, following, entry) if lazy else (None, entry, following)
        return entry


def _setter(slot: int) -> Act:
    def act(run: Run, at: int) -> int:
        run.set(slot, at)
        return at

    return act


def _opener(slot: int) -> Act:
    """Opens a group: what it held before no longer counts, also for references from inside."""

    def act(run: Run, at: int) -> int:
        run.set(slot, at)
        run.set(slot + 1, -1)
        return at

    return act


def _moved(slot: int) -> Act:
    def act(run: Run, at: int) -> int:
        return at if run.caps[slot] != at else -1

    return act


def _consume(test: Callable[[str], bool]) -> Act:
    def act(run: Run, at: int) -> int:
        return at + 1 if at < run.length and test(run.text[at]) else -1

    return act


def char_test(node: Char | CharSet | Dot) -> Callable[[str], bool]:
    """Whether one code point belongs to a class; the tables are RE2's, so that both engines agree."""
    if isinstance(node, Dot):
        return (lambda char: True) if node.newline else (lambda char: char != "\n")
    if isinstance(node, Char):
        if not node.fold:
            return node.text.__eq__
        return _cached([compile_text(f"(?i:\\x{{{ord(node.text):x}}})")], False)
    accepts = [compile_text(f"(?i:[{node.items}])" if node.fold else f"[{node.items}]")] if node.items else []
    return _cached([*accepts, *(compile_text(f"[^{inside}]") for inside in node.complements)], node.negated)


def _cached(accepts: list[Any], negated: bool) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def test(char: str) -> bool:
        found = known.get(char)
        if found is None:
            found = any(accept.fullmatch(char) is not None for accept in accepts) != negated
            if len(known) < _CACHED_CHARS:
                known[char] = found
        return found

    return test


_IS_WORD: Final = _cached([compile_text(f"[{WORD}]")], False)


def _at_word(run: Run, at: int) -> bool:
    before = at > 0 and _IS_WORD(run.text[at - 1])
    return before != (at < run.length and _IS_WORD(run.text[at]))


_ANCHOR_TESTS: Final[dict[AnchorKind, Callable[[Run, int], bool]]] = {
    "start": lambda run, at: at == 0,
    "end": lambda run, at: at == run.length,
    "end_or_newline": lambda run, at: at == run.length or (at == run.length - 1 and run.text[at] == "\n"),
    "line_start": lambda run, at: at == 0 or (at < run.length and run.text[at - 1] == "\n"),
    "line_end": lambda run, at: at == run.length or run.text[at] == "\n",
    "word": _at_word,
    "not_word": lambda run, at: not _at_word(run, at),
    "search_start": lambda run, at: at == run.search_start,
}


def _anchor(kind: AnchorKind) -> Act:
    test = _ANCHOR_TESTS[kind]
    return lambda run, at: at if test(run, at) else -1


def _back_reference(node: BackRef) -> Act:
    def act(run: Run, at: int) -> int:
        for group in reversed(node.groups):
            begin, end = run.caps[2 * group], run.caps[2 * group + 1]
            if end < 0:
                continue
            size = end - begin
            run.steps += size
            wanted, there = run.text[begin:end], run.text[at : at + size]
            same = wanted == there or (node.fold and wanted.casefold() == there.casefold())
            return at + size if same and len(there) == size else -1
        return -1

    return act


def _atomic(program: Program) -> Act:
    return lambda run, at: nested(program, run, at, lambda end: True)


def _look(program: Program, node: Look, widths: tuple[int, int]) -> Act:
    def ahead(run: Run, at: int) -> bool:
        return nested(program, run, at, lambda end: True) >= 0

    def behind(run: Run, at: int) -> bool:
        lowest = max(0, at - widths[1]) if widths[1] < MAX_WIDTH else 0
        return any(
            nested(program, run, begin, lambda end: end == at) >= 0 for begin in range(at - widths[0], lowest - 1, -1)
        )

    looks = ahead if node.ahead else behind

    def act(run: Run, at: int) -> int:
        if not node.negated:
            return at if looks(run, at) else -1
        mark = len(run.stack)
        found = looks(run, at)
        while len(run.stack) > mark:
            key, value = run.stack.pop()
            run.caps[-key - 1] = value
        return -1 if found else at

    return act
