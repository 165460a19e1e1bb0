"""From tokens to the syntax tree.

Lowest to highest: `def …;` and `… as $x |` and `label`, `|`, `,`, `//` (right), `= |= += …` (none), `or`, `and`,
comparisons (none), `+ -`, `* / %`, unary `-`, postfix. `try` takes one postfix term.
"""

from __future__ import annotations

from typing import Any, ClassVar

from weft.dsl.expr.arithmetic import number_of
from weft.dsl.expr.lexer import KEYWORDS, SyntaxProblem, Token, tokens_of
from weft.dsl.expr.limits import MAX_NODES
from weft.dsl.expr.patterns import PatternParser
from weft.dsl.expr.syntax import (
    Alternative,
    ArrayNode,
    Assign,
    Binary,
    Bind,
    Break,
    Call,
    Comma,
    Def,
    Foreach,
    Format,
    Function,
    Identity,
    If,
    Index,
    Iterate,
    Label,
    Literal,
    Logic,
    Neg,
    Node,
    ObjectNode,
    Pattern,
    Pipe,
    Recurse,
    Reduce,
    Slice,
    Text,
    Try,
    Var,
)

_LEVELS: dict[str, tuple[int, str]] = {
    "//": (1, "right"),
    **dict.fromkeys(["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="], (2, "none")),
    "or": (3, "left"),
    "and": (4, "left"),
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">="], (5, "none")),
    **dict.fromkeys(["+", "-"], (6, "left")),
    **dict.fromkeys(["*", "/", "%"], (7, "left")),
}
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
MAX_NESTING = 200


class Parser(PatternParser):
    """Reads one expression; raises SyntaxProblem with the offset of what does not fit."""

    def __init__(self, text: str) -> None:
        super().__init__(text, tokens_of(text))
        self.nesting = 0

    def run(self) -> Node:
        """The whole text as one tree. An empty text, or definitions alone, read as `.`."""
        node = self.query(top=True)
        if self.token[0] != "end":
            raise self.unexpected("the end")
        return node

    # --- queries ------------------------------------------------------------------------------------------------

    def query(self, *, top: bool = False) -> Node:
        """A pipeline with definitions, bindings and labels."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise SyntaxProblem(self.token[2], f"expression is nested deeper than {MAX_NESTING} levels")
        start = self.token[2]
        stages: list[Node] = []
        while True:
            if self.at_kw("def"):
                stages.append(self._definition(top=top))
                break
            if self.at_kw("label"):
                stages.append(self._label())
                break
            stage, finished = self._comma_list()
            stages.append(stage)
            if finished or not self.take("|"):
                break
        self.nesting -= 1
        node = stages.pop()
        while stages:
            node = Pipe(stages.pop(), node, start=start, end=self.last_end)
        return node

    def _comma_list(self) -> tuple[Node, bool]:
        """Comma-separated expressions; True when a binding took all the rest of the query."""
        start = self.token[2]
        node, finished = self._branch()
        while not finished and self.take(","):
            right, finished = self._branch()
            node = self.made(Comma(node, right, start=start, end=self.last_end))
        return node, finished

    def _branch(self) -> tuple[Node, bool]:
        if self.at_kw("def"):
            return self._definition(top=False), True
        if self.at_kw("label"):
            return self._label(), True
        start = self.token[2]
        node = self._expression()
        if not self.take_kw("as"):
            return node, False
        patterns = self.patterns()
        self.need("|")
        body = self.query()
        return self.made(Bind(node, patterns, body, start=start, end=self.last_end)), True

    def _definition(self, *, top: bool) -> Node:
        start = self.token[2]
        self.advance()
        name = self.name("a function name")
        params: list[str] = []
        if self.take("("):
            while True:
                kind, value, _, _ = self.token
                if kind not in ("id", "var"):
                    raise self.unexpected("a parameter")
                self.advance()
                params.append("$" + value if kind == "var" else value)
                if not self.take(";"):
                    break
            self.need(")")
        self.need(":")
        body = self.query()
        self.need(";")
        function = self.made(Function(name, params, body, start=start, end=self.last_end))
        rest = Identity() if top and self.token[0] == "end" else self.query(top=top)
        return self.made(Def(function, rest, start=start, end=self.last_end))

    def _label(self) -> Node:
        start = self.token[2]
        self.advance()
        name = self.variable()
        self.need("|")
        body = self.query()
        return self.made(Label(name, body, start=start, end=self.last_end))

    # --- operators ----------------------------------------------------------------------------------------------

    def _expression(self, lowest: int = 1) -> Node:
        start = self.token[2]
        node = self._postfix()
        while True:
            kind, op, _, _ = self.token
            level, side = _LEVELS.get(op, (0, "")) if kind in ("op", "kw") else (0, "")
            if level < lowest or level == 0:
                return node
            self.advance()
            right = self._expression(level if side == "right" else level + 1)
            node = self.made(_operation(op, node, right, start, self.last_end))
            if side == "none" and self.token[0] == "op" and _LEVELS.get(self.token[1], (0, ""))[0] == level:
                raise SyntaxProblem(self.token[2], f"{self.token[1]!r} cannot follow {op!r} without brackets")

    def _postfix(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise SyntaxProblem(self.token[2], f"expression is nested deeper than {MAX_NESTING} levels")
        start = self.token[2]
        suffix = self.token[0] == "field" or self.token[1] == "."
        node = self._term()
        while True:
            kind, value, _, _ = self.token
            if kind == "field":
                self.advance()
                node = self._indexed(node, Literal(value, start=self.last_start, end=self.last_end), start)
            elif kind == "op" and value == ".":
                node = self._dotted(node, start)
            elif kind == "op" and value == "[":
                node = self._bracketed(node, start)
            elif kind == "op" and value in ("?", "?//"):
                node = self._optional(node, start, suffix)
                if value == "?//":
                    break
            else:
                break
            suffix = True
        self.nesting -= 1
        return node

    def _optional(self, node: Node, start: int, suffix: bool) -> Node:
        """`e?`: of a suffix (`.a?`) only that step's errors, else all of them. `?//` reads as `?` and `//` here."""
        if self.token[1] == "?//":
            at = self.token[2]
            self.tokens[self.position] = ("op", "//", at + 1, at + 3)
            self.token = self.tokens[self.position]
        else:
            self.advance()
        if suffix and isinstance(node, Index | Slice | Iterate) and not node.opt:
            node.opt = True
            return node
        return self.made(Try(node, None, start=start, end=self.last_end))

    def _indexed(self, node: Node, key: Node, start: int) -> Node:
        return self.made(Index(node, key, start=start, end=self.last_end))

    def _dotted(self, node: Node, start: int) -> Node:
        """`."text"` or `.[…]` after a term."""
        self.advance()
        if self.token[0] == "q(":
            return self._indexed(node, self.string(), start)
        if self.token[:2] == ("op", "["):
            return self._bracketed(node, start)
        raise self.unexpected("a field name")

    def _bracketed(self, node: Node, start: int) -> Node:
        self.advance()
        if self.take("]"):
            return self.made(Iterate(node, start=start, end=self.last_end))
        low: Node | None = None
        if not self.take(":"):
            low = self.query()
            if self.take("]"):
                return self._indexed(node, low, start)
            self.need(":")
        elif self.token[:2] == ("op", "]"):
            raise self.unexpected("an expression")
        high = None if self.token[:2] == ("op", "]") else self.query()
        self.need("]")
        return self.made(Slice(node, low, high, start=start, end=self.last_end))

    # --- terms --------------------------------------------------------------------------------------------------

    def _term(self) -> Node:
        kind, value, start, _ = self.token
        reader = self._TERMS.get(kind if kind not in ("op", "kw") else kind + value)
        if reader is None:
            raise self.unexpected("an expression")
        node = reader(self)
        if node.end == 0:
            node.start, node.end = start, self.last_end
        return self.made(node)

    def _identity(self) -> Node:
        at = self.token[2]
        self.advance()
        if self.token[0] == "q(":
            return Index(Identity(start=at, end=at + 1), self.string())
        if self.token[0] in ("id", "kw", "num") and self.token[2] == at + 1:
            raise SyntaxProblem(self.token[2], 'expected a field name, or .["…"] for unusual ones')
        return Identity()

    def _recurse(self) -> Node:
        self.advance()
        return Recurse()

    def _field(self) -> Node:
        _, value, start, end = self.token
        self.advance()
        return Index(Identity(start=start, end=start + 1), Literal(value, start=start, end=end))

    def _number(self) -> Node:
        value = number_of(self.token[1])
        self.advance()
        return Literal(value)

    def _var(self) -> Node:
        name = self.token[1]
        start = self.token[2]
        self.advance()
        if name == "__loc__":
            return Literal({"file": "<top-level>", "line": self.text.count("\n", 0, start) + 1})
        return Var(name)

    def _negative(self) -> Node:
        self.advance()
        return Neg(self._postfix())

    def _bracket(self) -> Node:
        self.advance()
        node = self.query()
        self.need(")")
        return node

    def _array(self) -> Node:
        self.advance()
        if self.take("]"):
            return Literal([])
        body = self.query()
        self.need("]")
        return ArrayNode(body)

    def string(self) -> Node:
        return self._text_term("text")

    def _plain_string(self) -> Node:
        return self._text_term("text")

    def _format_term(self) -> Node:
        name = self.token[1]
        self.advance()
        return self._text_term(name) if self.token[0] == "q(" else Format(name)

    def _text_term(self, name: str) -> Node:
        """A text after its opening quote; a Literal when nothing is interpolated."""
        start = self.token[2]
        self.advance()
        parts: list[Any] = []
        while True:
            kind, value, _, _ = self.token
            self.advance()
            if kind == "q)":
                break
            if kind == "q[":
                parts.append(self.query())
                if self.token[0] != "q]":
                    raise self.unexpected("')' that ends the interpolation")
                self.advance()
            elif parts and parts[-1].__class__ is str:
                parts[-1] += value
            else:
                parts.append(value)
        if all(part.__class__ is str for part in parts):
            return self.made(Literal("".join(parts), start=start, end=self.last_end))
        return self.made(Text(name, parts, start=start, end=self.last_end))

    def _call(self) -> Node:
        name, start = self.token[1], self.token[2]
        self.advance()
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        args: list[Node] = []
        end = self.last_end
        if self.take("("):
            args.append(self.query())
            while self.take(";"):
                args.append(self.query())
            self.need(")")
            end = self.last_end
        return Call(name, args, start=start, end=end)

    def _condition(self) -> Node:
        self.advance()
        return self._if_rest()

    def _if_rest(self) -> Node:
        start = self.last_start
        condition = self.query()
        self.need_kw("then")
        then = self.query()
        if self.take_kw("elif"):
            other: Node = self._if_rest()
        elif self.take_kw("else"):
            other = self.query()
            self.need_kw("end")
        else:
            self.need_kw("end")
            other = Identity(start=self.last_start, end=self.last_end)
        return self.made(If(condition, then, other, start=start, end=self.last_end))

    def _attempt(self) -> Node:
        self.advance()
        body = self._postfix()
        return Try(body, self._postfix() if self.take_kw("catch") else None)

    def _reduction(self) -> Node:
        self.advance()
        source, patterns = self._loop_head()
        init = self.query()
        self.need(";")
        update = self.query()
        self.need(")")
        return Reduce(source, patterns, init, update)

    def _iteration(self) -> Node:
        self.advance()
        source, patterns = self._loop_head()
        init = self.query()
        self.need(";")
        update = self.query()
        extract = self.query() if self.take(";") else Identity()
        self.need(")")
        return Foreach(source, patterns, init, update, extract)

    def _loop_head(self) -> tuple[Node, list[Pattern]]:
        source = self._expression()
        self.need_kw("as")
        patterns = self.patterns()
        self.need("(")
        return source, patterns

    def _leave(self) -> Node:
        self.advance()
        return Break(self.variable())

    # --- objects ------------------------------------------------------------------------------------------------

    def _object(self) -> Node:
        self.advance()
        entries: list[tuple[Node, Node]] = []
        while not self.take("}"):
            entries.append(self._entry())
            if not self.take(","):
                self.need("}")
                break
        return ObjectNode(entries)

    def _entry(self) -> tuple[Node, Node]:
        kind, value, start, end = self.token
        if kind == "var":
            return self._variable_entry()
        if kind == "op" and value == "(":
            key = self._bracket()
            self.checked_key(key)
            self.need(":")
            return key, self._entry_value()
        if kind in ("q(", "fmt"):
            key = self.string() if kind == "q(" else self._format_term()
        elif kind == "id" or (kind == "kw" and value in KEYWORDS):
            self.advance()
            key = Literal(value, start=start, end=end)
        else:
            raise self.unexpected("an object key")
        if self.take(":"):
            return key, self._entry_value()
        return key, self._indexed(Identity(start=start, end=end), key, start)

    def _variable_entry(self) -> tuple[Node, Node]:
        _, name, start, end = self.token
        value = self._var()
        value.start, value.end = start, end
        if name != "__loc__" and self.take(":"):
            return value, self._entry_value()
        return Literal(name, start=start, end=end), value

    def checked_key(self, key: Node) -> None:
        if isinstance(key, Literal) and key.value.__class__ is not str:
            raise SyntaxProblem(key.start, "an object key must be a text")

    def _entry_value(self) -> Node:
        start = self.token[2]
        node = self._expression()
        if self.take("|"):
            right = self._entry_value()
            return self.made(Pipe(node, right, start=start, end=self.last_end))
        return node

    _TERMS: ClassVar[dict[str, Any]] = {
        "op.": _identity,
        "op..": _recurse,
        "field": _field,
        "num": _number,
        "var": _var,
        "fmt": _format_term,
        "q(": _plain_string,
        "id": _call,
        "op-": _negative,
        "op(": _bracket,
        "op[": _array,
        "op{": _object,
        "kwif": _condition,
        "kwtry": _attempt,
        "kwreduce": _reduction,
        "kwforeach": _iteration,
        "kwbreak": _leave,
    }


def _operation(op: str, left: Node, right: Node, start: int, end: int) -> Node:
    if op in ("and", "or"):
        return Logic(op, left, right, start=start, end=end)
    if op == "//":
        return Alternative(left, right, start=start, end=end)
    if _LEVELS[op][0] == 2:
        return Assign(op, left, right, start=start, end=end)
    return Binary(op, left, right, start=start, end=end)


def parse(text: str) -> Node:
    """The tree of a jq text. Raises SyntaxProblem; the text is at most 16 KiB and the tree at most 5,000 nodes."""
    return Parser(text).run()


__all__ = ["MAX_NODES", "Parser", "SyntaxProblem", "Token", "parse"]
