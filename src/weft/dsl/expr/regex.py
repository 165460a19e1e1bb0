"""Regular expressions as jq has them, without jq's unbounded engine.

Two engines stand behind one interface: RE2, linear in the subject, for what it can do; a metered backtracking matcher
for look-around, back-references, possessive and atomic groups, `\\K \\R \\X \\G`, counts above 1,000, classes and word
boundaries that RE2 only knows for ASCII, and for `$`, `\\Z` and `(?m)^` when the subject ends in a line feed. Which one
runs depends on pattern, flags and subject alone. Offsets and lengths are code points.

Fuel: 1 + length / 16 per call, 1 per match, and the steps of the metered matcher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec
import re2

from weft.dsl.expr.regex_ast import Keep, Parsed, RegexError, any_node, width
from weft.dsl.expr.regex_match import Matcher
from weft.dsl.expr.regex_parse import parse
from weft.dsl.expr.regex_re2 import compile_text, emit, iterate, may_overrun, tail_sensitive

__all__ = ["Capture", "Match", "Pattern", "RegexError", "compile_pattern"]

MAX_PATTERN: Final = 1_024
MAX_SUBJECT: Final = 1 << 20
FLAGS: Final = frozenset("gixspnl")
_OVERRUN_SHARE: Final = 512

Charge = Callable[[int], None]
_Spans = list[tuple[int, int]]


class Capture(msgspec.Struct, frozen=True):
    """What a group matched; a group that took no part has offset -1, length 0 and no string."""

    name: str | None
    offset: int
    length: int
    string: str | None


class Match(msgspec.Struct, frozen=True):
    """One match; `captures` are in the order of the groups."""

    offset: int
    length: int
    string: str
    captures: tuple[Capture, ...]


class Pattern:
    """A compiled pattern with its flags; immutable and shared."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.source = pattern
        self.flags = frozenset(flags)
        self._parsed: Parsed = parse(pattern, fold="i" in flags, extended="x" in flags, dotall="p" in flags)
        root = self._parsed.root
        low = width(root)[0]
        # an empty match must be given up for another one, which RE2 cannot do; nor does it keep groups with `l`
        self._nonempty = "n" in flags and (low == 0 or any_node(root, Keep))
        self._longest = "l" in flags
        self._metered_only = self._nonempty or (self._longest and bool(self._parsed.names))
        self._tail = tail_sensitive(root)
        self._overruns = may_overrun(root)
        self._ascii, self._unicode = self._compiled()
        self._matcher: Matcher | None = None
        if self._ascii is None:
            self._matcher = Matcher(self._parsed)  # tells now if the pattern is too large

    @property
    def names(self) -> tuple[str | None, ...]:
        """The groups' names in order, None for those without."""
        return self._parsed.names

    def search_all(self, subject: str, *, all_matches: bool, charge: Charge) -> Iterator[Match]:
        """Matches from left to right, only the first unless `all_matches`.

        `charge(n)` takes fuel and may raise, which ends the search. RegexError for a subject over 1 MiB.
        """
        if len(subject) > MAX_SUBJECT:
            raise RegexError("Regex failure: the text is longer than 1 MiB")
        charge(1 + len(subject) // 16)
        compiled = self._linear(subject)
        found = self._by_re2(compiled, subject, charge) if compiled else self._by_matcher(subject, charge)
        for spans in found:
            charge(1)
            yield self._match(subject, spans)
            if not all_matches:
                return

    def _compiled(self) -> tuple[Any, Any]:
        """RE2 objects for subjects of ASCII and for others; None where RE2 cannot do it."""
        if self._metered_only:
            return None, None
        for_ascii, for_all = (emit(self._parsed.root, ascii_only) for ascii_only in (True, False))
        first = self._compile(for_ascii)
        return first, first if for_all == for_ascii else self._compile(for_all)

    def _compile(self, text: str | None) -> Any:
        if text is None:
            return None
        try:
            return compile_text(text, self._longest)
        except re2.error:
            return None  # more copies than RE2 takes; the metered matcher has limits of its own

    def _linear(self, subject: str) -> Any:
        if self._tail and subject.endswith("\n"):
            return None
        return self._ascii if subject.isascii() else self._unicode

    def _by_re2(self, compiled: Any, subject: str, charge: Charge) -> Iterator[_Spans]:
        for count, spans in enumerate(iterate(compiled, subject)):
            if self._overruns and count:
                charge((len(subject) - spans[0][0]) // _OVERRUN_SHARE)
            yield spans

    def _by_matcher(self, subject: str, charge: Charge) -> Iterator[_Spans]:
        if self._matcher is None:
            self._matcher = Matcher(self._parsed)
        at = 0
        while at <= len(subject):
            spans = self._matcher.search(subject, at, charge, longest=self._longest, nonempty=self._nonempty)
            if spans is None:
                return
            yield spans
            begin, end = spans[0]
            at = end if end > begin else end + 1

    def _match(self, subject: str, spans: _Spans) -> Match:
        begin, end = spans[0]
        captures = tuple(
            Capture(name, first, last - first, subject[first:last]) if first >= 0 else Capture(name, -1, 0, None)
            for name, (first, last) in zip(self._parsed.names, spans[1:], strict=True)
        )
        return Match(begin, end - begin, subject[begin:end], captures)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """A pattern ready for use; RegexError (message, offset) for a bad pattern or an unknown flag.

    Flags: `g` all matches (for the caller), `i` case-blind, `x` extended, `s` no visible change, `p` `.` matches line
    feeds, `n` no empty matches, `l` longest match.
    """
    if not FLAGS.issuperset(flags):
        raise RegexError(f"{flags[:40]} is not a valid modifier string")
    if len(pattern.encode(errors="surrogatepass")) > MAX_PATTERN:
        raise RegexError(f"Regex failure: the pattern is longer than {MAX_PATTERN} bytes", MAX_PATTERN)
    return Pattern(pattern, flags)
