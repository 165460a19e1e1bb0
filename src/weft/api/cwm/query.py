"""The list filter language of jobs, from text to a filter of the domain.

    query = [ or ] [ "ORDER" "BY" attr [ "ASC" | "DESC" ] ]
    or    = and { "OR" and }        and = not { "AND" not }        not = [ "NOT" ] ( "(" or ")" | test )
    test  = attr op value | attr [NOT] IN (…) | attr [NOT] BETWEEN a AND b | attr [NOT] STARTS_WITH s
          | attr IS [NOT] NULL

Keywords ignore case, attribute names do not. Nothing else is understood; a refusal names the position.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from weft.api.cwm.query_values import ATTRIBUTES, Literal, where_of
from weft.domain.errors import Invalid
from weft.domain.filters import Every, Filter, JobQuery, Never, Some

MAX_QUERY = 8_192
MAX_DEPTH = 50
MAX_TESTS = 200

KEYWORDS = frozenset(
    ("AND", "OR", "NOT", "IN", "BETWEEN", "STARTS_WITH", "IS", "NULL", "ORDER", "BY", "ASC", "DESC", "TRUE", "FALSE")
)

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*")
    | (?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    | (?P<quoted>`[^`]+`)
    | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<op><=|>=|<>|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def refuse(message: str, at: int) -> Invalid:
    return Invalid("query invalid", (f"{message} at position {at + 1}",))


def tokens_of(text: str) -> list[Token]:
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise refuse(f"unexpected {text[at : at + 10].strip()!r}", at)
        kind = match.lastgroup or "op"
        raw = match.group(kind)
        start = match.start(kind)
        if kind == "word" and raw.upper() in KEYWORDS:
            found.append(Token("keyword", raw.upper(), start))
        elif kind == "quoted":
            found.append(Token("word", raw[1:-1], start))
        else:
            found.append(Token(kind, raw, start))
        at = match.end()
    found.append(Token("end", "", end))
    return found


def unquote(raw: str) -> str:
    quote = raw[0]
    out: list[str] = []
    index, body = 0, raw[1:-1]
    while index < len(body):
        char = body[index]
        if char in ("\\", quote) and index + 1 < len(body):
            index += 1
            char = body[index]
        out.append(char)
        index += 1
    return "".join(out)


class Parser:
    """Recursive descent over the tokens; depth and number of tests are bounded."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.tests = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, kind: str, *texts: str) -> Token | None:
        token = self.token
        if token.kind == kind and (not texts or token.text in texts):
            self.at += 1
            return token
        return None

    def need(self, kind: str, *texts: str) -> Token:
        token = self.take(kind, *texts)
        if token is None:
            wanted = " or ".join(texts) if texts else kind
            got = self.token.text or "the end"
            raise refuse(f"expected {wanted}, found {got!r}", self.token.at)
        return token

    def query(self, limit: int) -> JobQuery:
        where: Filter | None = None
        if self.token.kind != "end" and (self.token.kind, self.token.text) != ("keyword", "ORDER"):
            where = self.either(0)
        order: tuple[tuple[str, bool], ...] = ()
        if self.take("keyword", "ORDER"):
            self.need("keyword", "BY")
            order = (self.ordering(),)
        self.need("end")
        return JobQuery(where=where, order=order, limit=limit)

    def ordering(self) -> tuple[str, bool]:
        name = self.attribute()
        attribute = ATTRIBUTES[name.text]
        if attribute.kind == "texts" or attribute.constant is not None:
            raise refuse(f"{name.text} cannot order", name.at)
        direction = self.take("keyword", "ASC", "DESC")
        return attribute.field, direction is not None and direction.text == "DESC"

    def either(self, depth: int) -> Filter:
        parts = [self.both(depth)]
        while self.take("keyword", "OR"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def both(self, depth: int) -> Filter:
        parts = [self.negation(depth)]
        while self.take("keyword", "AND"):
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def negation(self, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise refuse(f"more than {MAX_DEPTH} nested parts", self.token.at)
        if self.take("keyword", "NOT"):
            return Never(self.primary(depth + 1))
        return self.primary(depth)

    def primary(self, depth: int) -> Filter:
        if self.take("op", "("):
            inner = self.either(depth + 1)
            self.need("op", ")")
            return inner
        return self.test()

    def attribute(self) -> Token:
        token = self.need("word")
        if token.text not in ATTRIBUTES:
            raise refuse(f"no attribute {token.text}", token.at)
        return token

    def test(self) -> Filter:
        self.tests += 1
        if self.tests > MAX_TESTS:
            raise refuse(f"more than {MAX_TESTS} comparisons", self.token.at)
        name = self.attribute()
        if self.take("keyword", "IS"):
            op = "not_null" if self.take("keyword", "NOT") else "null"
            self.need("keyword", "NULL")
            return where_of(name.text, op, [], name.at)
        symbol = self.take("op", "=", "!=", "<>", "<=", ">=", "<", ">")
        if symbol is not None:
            return where_of(name.text, SYMBOLS[symbol.text], [self.value()], name.at)
        negated = self.take("keyword", "NOT") is not None
        word = self.need("keyword", "IN", "BETWEEN", "STARTS_WITH")
        op = ("not_" if negated else "") + WORDS[word.text]
        return where_of(name.text, op, self.operands(word.text), name.at)

    def operands(self, word: str) -> list[Literal]:
        if word == "IN":
            self.need("op", "(")
            values = [self.value()]
            while self.take("op", ","):
                values.append(self.value())
                if len(values) > MAX_TESTS:
                    raise refuse(f"more than {MAX_TESTS} values", self.token.at)
            self.need("op", ")")
            return values
        if word == "BETWEEN":
            low = self.value()
            self.need("keyword", "AND")
            return [low, self.value()]
        return [self.value()]

    def value(self) -> Literal:
        token = self.token
        self.at += 1
        if token.kind == "string":
            return Literal(unquote(token.text), token.at)
        if token.kind == "number":
            number = float(token.text) if any(c in token.text for c in ".eE") else int(token.text)
            return Literal(number, token.at)
        if token.kind == "keyword" and token.text in ("TRUE", "FALSE"):
            return Literal(token.text == "TRUE", token.at)
        raise refuse(f"expected a value, found {token.text or 'the end'!r}", token.at)


SYMBOLS = {"=": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
WORDS = {"IN": "in", "BETWEEN": "between", "STARTS_WITH": "starts"}


def parse_query(text: str, *, limit: int = 1000) -> JobQuery:
    """The query's filter and order. Raises Invalid with the position in its details."""
    if len(text) > MAX_QUERY:
        raise Invalid("query invalid", (f"query longer than {MAX_QUERY} characters",))
    return Parser(text).query(limit)
