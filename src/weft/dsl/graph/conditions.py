"""Conditions: a small fixed language in the clothes of JavaScript, compiled to sources.

Literals, `$` paths (`$.a.b`, `$.a['b']`, `$.a[0]`, `.length`), `! - + * / % < <= > >= == != === !== && || ?:` and
parentheses; around a condition `if (C) { true; } else { false; }`, `return`, and `(function () { … })()`, also nested.
There is no coercion: `==` is JSON equality, a missing value equals null, values of different types have no order, `+`
adds two numbers or joins two texts. False and null are false, all else is true. Division by zero is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from weft.dsl.expr import Budget
from weft.dsl.expr.errors import JqError
from weft.dsl.graph.paths import COMPARE, step_into
from weft.dsl.graph.references import within
from weft.dsl.machine.program import Source

Run = Callable[[Any, Budget], Any]
HINT = 'for more than that use "_evaluatorType": "jq"'
MAX_TEXT = 16 * 1024
MAX_DEPTH = 60

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|"""
    r"""(?P<word>[A-Za-z_][A-Za-z0-9_]*|\$)|(?P<mark>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:()\[\]{}.;]))""",
    re.ASCII,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("==", "!=", "===", "!=="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)


class ConditionProblem(ValueError):
    """What is no condition, for people."""


def compile_condition(text: str) -> Source:
    """The source of a condition on the object `$`. Raises ConditionProblem."""
    if len(text) > MAX_TEXT:
        raise ConditionProblem(f"the condition is longer than {MAX_TEXT} characters")
    reader = _Reader(_tokens(text))
    run = reader.statements("")
    size = len(reader.tokens)

    def evaluate(value: Any, _vars: tuple[Any, ...], budget: Budget) -> Any:
        def counted() -> Any:
            budget.charge(size)
            return run(value, budget)

        return within(budget, text, value, counted)

    return Source(evaluate, (), text)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ConditionProblem(f"unexpected {text[at:].lstrip()[:10]!r} at offset {at}; {HINT}")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    if not found:
        raise ConditionProblem("the condition is empty")
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        if at >= len(self.tokens) or self.tokens[at][0] == "text":
            return ""
        return self.tokens[at][1]

    def take(self, *marks: str) -> str:
        found = self.peek()
        if found and found in marks:
            self.at += 1
            return found
        return ""

    def need(self, *marks: str) -> None:
        for mark in marks:
            if not self.take(mark):
                raise self.unexpected(f"expected '{mark}'")

    def unexpected(self, what: str = "") -> ConditionProblem:
        found = self.tokens[self.at][1][:20] if self.at < len(self.tokens) else "the end"
        return ConditionProblem(f"unexpected {found!r}{', ' + what if what else ''}; {HINT}")

    # -- statements --

    def statements(self, end: str) -> Run:
        """Statements up to `end`: the value of the first that gives one."""
        self.deeper()
        while self.take(";"):
            pass
        if (not end and self.at >= len(self.tokens)) or (end and self.peek() == end):
            raise self.unexpected("expected a condition")
        first, whole = self.statement()
        while self.take(";"):
            pass
        ended = self.at >= len(self.tokens) if not end else self.peek() == end
        self.depth -= 1
        if ended:
            if not whole:
                return lambda value, budget: None if (found := first(value, budget)) is _NOTHING else found
            return first
        if whole:
            raise self.unexpected("one condition is enough")
        rest = self.statements(end)
        return lambda value, budget: rest(value, budget) if (found := first(value, budget)) is _NOTHING else found

    def statement(self) -> tuple[Run, bool]:
        """A statement, and whether it always gives a value."""
        if self.take("return"):
            return self.condition(), True
        if not self.take("if"):
            return self.condition(), True
        self.need("(")
        test = self.condition()
        self.need(")")
        yes = self.block()
        if not self.take("else"):
            return (lambda value, budget: yes(value, budget) if truth(test(value, budget)) else _NOTHING), False
        no = self.block()
        return (lambda value, budget: yes(value, budget) if truth(test(value, budget)) else no(value, budget)), True

    def block(self) -> Run:
        if self.take("{"):
            run = self.statements("}")
            self.need("}")
            return run
        self.deeper()
        run, whole = self.statement()
        self.take(";")
        self.depth -= 1
        return run if whole else (lambda value, budget: None if (f := run(value, budget)) is _NOTHING else f)

    # -- conditions --

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConditionProblem(f"the condition is nested deeper than {MAX_DEPTH}")

    def condition(self) -> Run:
        self.deeper()
        test = self.either()
        if self.take("?"):
            yes = self.condition()
            self.need(":")
            no = self.condition()
            self.depth -= 1
            return lambda value, budget: yes(value, budget) if truth(test(value, budget)) else no(value, budget)
        self.depth -= 1
        return test

    def either(self) -> Run:
        left = self.both()
        while self.take("||"):
            left = _or(left, self.both())
        return left

    def both(self) -> Run:
        left = self.level(0)
        while self.take("&&"):
            left = _and(left, self.level(0))
        return left

    def level(self, number: int) -> Run:
        if number == len(_LEVELS):
            return self.unary()
        left = self.level(number + 1)
        while mark := self.take(*_LEVELS[number]):
            left = _binary(mark, left, self.level(number + 1))
        return left

    def unary(self) -> Run:
        self.deeper()
        mark = self.take("!", "-", "+")
        if mark:
            run = self.unary()
            self.depth -= 1
            if mark == "!":
                return lambda value, budget: not truth(run(value, budget))
            sign = -1 if mark == "-" else 1
            return lambda value, budget: sign * _number(run(value, budget), mark)
        run = self.primary()
        self.depth -= 1
        return run

    def primary(self) -> Run:
        if self.at >= len(self.tokens):
            raise self.unexpected()
        kind, text = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            value: Any = float(text) if any(mark in text for mark in ".eE") else int(text)
            return lambda _value, _budget: value
        if kind == "text":
            self.at += 1
            literal = _unquoted(text)
            return lambda _value, _budget: literal
        if text in _CONSTANTS:
            self.at += 1
            constant = _CONSTANTS[text]
            return lambda _value, _budget: constant
        if self.take("$"):
            return self.path()
        if self.take("("):
            if self.take("function"):
                return self.function()
            run = self.condition()
            self.need(")")
            if self.peek() in (".", "["):
                raise self.unexpected("a path begins with '$'")
            return run
        raise self.unexpected()

    def function(self) -> Run:
        """`(function () { … })()`, the opening parenthesis and the word taken already."""
        self.need("(", ")", "{")
        run = self.statements("}")
        self.need("}", ")", "(", ")")
        return run

    def path(self) -> Run:
        keys: list[Any] = []
        while True:
            if self.take("."):
                kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
                if kind != "word":
                    raise self.unexpected("expected a name")
                self.at += 1
                keys.append(text)
            elif self.take("["):
                keys.append(self.key())
                self.need("]")
            else:
                break
        if self.peek() == "(":
            raise self.unexpected("functions are not known here")

        def walk(value: Any, _budget: Budget) -> Any:
            for key in keys:
                if key == "length" and value.__class__ in (list, str):
                    value = len(value)
                else:
                    value = step_into(value, key)
                if value is None:
                    return None
            return value

        return walk

    def key(self) -> Any:
        sign = -1 if self.take("-") else 1
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "text" and sign == 1:
            return _unquoted(text)
        if kind == "number" and text.isdigit() and len(text) < 10:
            return sign * int(text)
        self.at -= 1
        raise self.unexpected("expected a text or a whole number")


_NOTHING = object()
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}


def truth(value: Any) -> bool:
    """False and null are false."""
    return value is not None and value is not False


def _unquoted(text: str) -> str:
    return re.sub(
        r"\\(u[0-9A-Fa-f]{4}|.)",
        lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 5 else _ESCAPES.get(m[1], m[1]),
        text[1:-1],
    )


def _or(left: Run, right: Run) -> Run:
    return lambda value, budget: found if truth(found := left(value, budget)) else right(value, budget)


def _and(left: Run, right: Run) -> Run:
    return lambda value, budget: right(value, budget) if truth(found := left(value, budget)) else found


def _number(value: Any, mark: str) -> Any:
    if value.__class__ not in (int, float):
        raise JqError(f"'{mark}' needs numbers")
    return value


def _binary(mark: str, left: Run, right: Run) -> Run:
    compare = COMPARE.get({"===": "==", "!==": "!="}.get(mark, mark))
    if compare is not None:
        return lambda value, budget: compare(left(value, budget), right(value, budget), budget)
    return lambda value, budget: calculated(mark, left(value, budget), right(value, budget), budget)


def calculated(mark: str, one: Any, other: Any, budget: Budget) -> Any:
    """`+ - * / %` of two numbers, or `+` of two texts. Raises JqError."""
    if mark == "+" and one.__class__ is str and other.__class__ is str:
        budget.text(len(one) + len(other))
        return one + other
    one, other = _number(one, mark), _number(other, mark)
    try:
        found = _ARITHMETIC[mark](one, other)
    except (OverflowError, ValueError):
        raise JqError("a number is too large") from None
    except ZeroDivisionError:
        raise JqError("a number cannot be divided by zero") from None
    if found.__class__ is int:
        if found.bit_length() > 1024:
            raise JqError("a number is too large")
    elif not math.isfinite(found):
        raise JqError("a number is too large")
    return found


def _divided(one: Any, other: Any) -> Any:
    if one.__class__ is int and other.__class__ is int and other and one % other == 0:
        return one // other
    return one / other


def _rest(one: Any, other: Any) -> Any:
    if one.__class__ is float or other.__class__ is float:
        if other == 0:
            raise ZeroDivisionError
        return math.fmod(one, other)
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": _divided,
    "%": _rest,
}
