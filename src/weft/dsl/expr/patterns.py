"""Reading tokens one by one, and destructuring patterns: `$x`, `[p, …]`, `{a: p, $b, "c d": p, (e): p, $k: p}`."""

from __future__ import annotations

from typing import TypeVar

from weft.dsl.expr.lexer import SyntaxProblem, Token
from weft.dsl.expr.limits import MAX_NODES
from weft.dsl.expr.syntax import Literal, Node, Pattern

N = TypeVar("N", bound=Node)


class TokenReader:
    """A cursor over the tokens of one text. `made` counts nodes."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.position = 0
        self.token = tokens[0]
        self.last_start = 0
        self.last_end = 0
        self.nodes = 0

    def made(self, node: N) -> N:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SyntaxProblem(node.start, f"expression has more than {MAX_NODES} nodes")
        return node

    def advance(self) -> None:
        _, _, self.last_start, self.last_end = self.token
        if self.position < len(self.tokens) - 1:
            self.position += 1
        self.token = self.tokens[self.position]

    def at_kw(self, word: str) -> bool:
        return self.token[0] == "kw" and self.token[1] == word

    def take(self, op: str) -> bool:
        """Step over the operator `op` if it is next."""
        if self.token[0] == "op" and self.token[1] == op:
            self.advance()
            return True
        return False

    def take_kw(self, word: str) -> bool:
        if self.at_kw(word):
            self.advance()
            return True
        return False

    def need(self, op: str) -> None:
        if not self.take(op):
            raise self.unexpected(repr(op))

    def need_kw(self, word: str) -> None:
        if not self.take_kw(word):
            raise self.unexpected(repr(word))

    def name(self, what: str) -> str:
        kind, value, _, _ = self.token
        if kind != "id":
            raise self.unexpected(what)
        self.advance()
        return value

    def variable(self) -> str:
        kind, value, _, _ = self.token
        if kind != "var":
            raise self.unexpected("a variable")
        self.advance()
        return value

    def unexpected(self, expected: str) -> SyntaxProblem:
        kind, value, start, end = self.token
        if kind == "end":
            found = "the end"
        elif kind in ("op", "kw", "id", "num"):
            found = repr(value)
        else:
            found = repr(self.text[start:end])
        return SyntaxProblem(start, f"found {found}, expected {expected}")


class PatternParser(TokenReader):
    """Adds patterns; queries and texts inside them are read by the parser below."""

    def query(self, *, top: bool = False) -> Node:
        raise NotImplementedError

    def string(self) -> Node:
        raise NotImplementedError

    def checked_key(self, key: Node) -> None:
        raise NotImplementedError

    def patterns(self) -> list[Pattern]:
        """`p ?// p ?// …`."""
        found = [self.pattern()]
        while self.take("?//"):
            found.append(self.pattern())
        return found

    def pattern(self) -> Pattern:
        start = self.token[2]
        if self.token[0] == "var":
            return self.made(Pattern(name=self.variable(), start=start, end=self.last_end))
        if self.take("["):
            items = [self.pattern()]
            while self.take(","):
                items.append(self.pattern())
            self.need("]")
            return self.made(Pattern(items=items, start=start, end=self.last_end))
        if self.take("{"):
            fields = [self.pattern_field()]
            while self.take(","):
                fields.append(self.pattern_field())
            self.need("}")
            return self.made(Pattern(fields=fields, start=start, end=self.last_end))
        raise self.unexpected("a pattern")

    def pattern_field(self) -> tuple[Node, str | None, Pattern | None]:
        kind, value, start, end = self.token
        if kind == "var":
            self.advance()
            key: Node = Literal(value, start=start, end=end)
            return key, value, self.pattern() if self.take(":") else None
        if kind in ("id", "kw"):
            self.advance()
            key = Literal(value, start=start, end=end)
        elif kind == "q(":
            key = self.string()
        elif self.take("("):
            key = self.query()
            self.need(")")
            self.checked_key(key)
        else:
            raise self.unexpected("an object key")
        self.need(":")
        return key, None, self.pattern()


def bound_names(patterns: list[Pattern]) -> list[str]:
    """Every variable that the patterns bind, each once, in order of appearance."""
    names: dict[str, None] = {}
    stack: list[Pattern] = list(reversed(patterns))
    while stack:
        pattern = stack.pop()
        if pattern.name is not None:
            names[pattern.name] = None
        stack.extend(reversed(pattern.items or []))
        below: list[Pattern] = []
        for _, bound, inner in pattern.fields or []:
            if bound is not None:
                names[bound] = None
            if inner is not None:
                below.append(inner)
        stack.extend(reversed(below))
    return list(names)
