"""Names to slots, and what can be proven before an expression runs.

Walks the tree once, fills in slots and called functions, folds constants away, proves which nodes give exactly one
result, adds up the static cost (one per construct; a chain of fixed keys counts once; pipes, `.` and literals are
free), and collects what the expression uses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

import msgspec

from weft.dsl.expr.arithmetic import BINARY
from weft.dsl.expr.folding import folded, literals_of, nearest, only_reads
from weft.dsl.expr.patterns import bound_names
from weft.dsl.expr.registry import BUILTINS, REFUSED
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

FORMATS = frozenset(
    ["text", "json", "html", "uri", "urid", "csv", "tsv", "sh", "base64", "base64d", "base32", "base32d"]
)
PARAMETER = "parameter"


class NameProblem(Exception):
    """A name that does not exist or is refused: `code` as in the problem list, `offset`, message and hint."""

    def __init__(self, code: str, offset: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset
        self.message = message
        self.hint = hint


class Scope(msgspec.Struct, frozen=True, gc=False):
    """What is visible at a place: variables and functions, and how long the environment is."""

    variables: Mapping[str, int]
    functions: Mapping[tuple[str, int], Any]
    depth: int

    def bind(self, names: list[str]) -> Scope:
        slots = {name: self.depth + position for position, name in enumerate(names)}
        return Scope({**self.variables, **slots}, self.functions, self.depth + len(names))

    def with_function(self, name: str, arity: int, target: Any) -> Scope:
        return Scope(self.variables, {**self.functions, (name, arity): target}, self.depth)


class Resolver:
    """Resolves one tree. Problems are collected in `problems`; `visit` gives the node to use in place of its own.

    `root` says whether `.` is still the expression's input, for `keys`.
    """

    def __init__(self, sealed: frozenset[str] = frozenset()) -> None:
        self.sealed = sealed
        self.problems: list[NameProblem] = []
        self.cost = 0
        self.uses: set[str] = set()
        self.keys: set[str] = set()
        self.all_keys = False
        self.plain = True
        self.loops = False

    def visit(self, node: Node, scope: Scope, root: bool) -> Node:
        result: Node = self._VISITORS[node.__class__](self, node, scope, root)
        return result

    def problem(self, code: str, node: Node, message: str, hint: str | None = None) -> None:
        self.problems.append(NameProblem(code, node.start, message, hint))

    # --- leaves -------------------------------------------------------------------------------------------------

    def _identity(self, node: Node, scope: Scope, root: bool) -> Node:
        del scope
        self.all_keys |= root
        return node

    def _recurse(self, node: Recurse, scope: Scope, root: bool) -> Node:
        del scope
        self._spend(root, loops=True)
        node.single = False
        return node

    def _literal(self, node: Literal, scope: Scope, root: bool) -> Node:
        del scope, root
        if node.value.__class__ is float and not math.isfinite(node.value):
            self.plain = False
        return node

    def _var(self, node: Var, scope: Scope, root: bool) -> Node:
        del root
        slot = scope.variables.get(node.name)
        if slot is None:
            self._unknown_variable(node, scope)
            return node
        if node.name in self.sealed:
            self.uses.add("secrets")
        node.slot = slot
        return node

    def _unknown_variable(self, node: Var, scope: Scope) -> None:
        if node.name in ("ENV", "__prog_args"):
            self.problem("expression-function", node, f"${node.name} is not available in expressions")
            return
        known = ", ".join(f"${name}" for name in sorted(scope.variables)) or "none"
        close = get_close_matches(node.name, scope.variables, 1)
        hint = f"did you mean ${close[0]}?" if close else None
        self.problem("expression-variable", node, f"${node.name} is not defined here; there are: {known}", hint)

    def _spend(self, root: bool, *, loops: bool = False, plain: bool = True) -> None:
        """One construct more; `root` when it looks at the whole input."""
        self.cost += 1
        self.all_keys |= root
        self.loops |= loops
        self.plain &= plain and not loops

    # --- terms --------------------------------------------------------------------------------------------------

    def _text(self, node: Text, scope: Scope, root: bool) -> Node:
        self.cost += 1
        self._check_format(node.format, node)
        node.parts = [part if part.__class__ is str else self.visit(part, scope, root) for part in node.parts]
        node.single = all(part.__class__ is str or part.single for part in node.parts)
        return node

    def _format(self, node: Format, scope: Scope, root: bool) -> Node:
        del scope
        self._spend(root)
        self._check_format(node.name, node)
        return node

    def _check_format(self, name: str, node: Node) -> None:
        if name not in FORMATS:
            self.problem("expression-function", node, f"@{name} is not a valid format", nearest(name, FORMATS))

    def _neg(self, node: Neg, scope: Scope, root: bool) -> Node:
        node.body = self.visit(node.body, scope, root)
        value: Any = node.body.value if isinstance(node.body, Literal) else None
        if value.__class__ is int or value.__class__ is float:
            return Literal(-value, start=node.start, end=node.end)
        self.cost += 1
        node.single = node.body.single
        return node

    def _array(self, node: ArrayNode, scope: Scope, root: bool) -> Node:
        before = (self.cost, self.loops, self.plain)
        node.body = self.visit(node.body, scope, root)
        values = literals_of(node.body)
        if values is not None:
            self.cost, self.loops, self.plain = before
            return Literal(values, start=node.start, end=node.end)
        return node

    def _object(self, node: ObjectNode, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.entries = [(self.visit(k, scope, root), self.visit(v, scope, root)) for k, v in node.entries]
        node.single = all(k.single and v.single for k, v in node.entries)
        if all(isinstance(k, Literal) and isinstance(v, Literal) for k, v in node.entries):
            pairs: Any = [(k.value, v.value) for k, v in node.entries]  # pyright: ignore[reportAttributeAccessIssue]
            if all(key.__class__ is str for key, _ in pairs):
                self.cost -= 1
                return Literal(dict(pairs), start=node.start, end=node.end)
        return node

    def _index(self, node: Index, scope: Scope, root: bool) -> Node:
        node.key = self.visit(node.key, scope, root)
        fixed = isinstance(node.key, Literal)
        chained = fixed and isinstance(node.term, Index) and isinstance(node.term.key, Literal)
        if fixed and root and node.term.__class__ is Identity and node.key.value.__class__ is str:  # pyright: ignore
            self.keys.add(node.key.value)  # pyright: ignore
        else:
            node.term = self.visit(node.term, scope, root)
        self.cost += 0 if chained else 1
        node.single = node.key.single and node.term.single and not node.opt
        return node

    def _slice(self, node: Slice, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.low = None if node.low is None else self.visit(node.low, scope, root)
        node.high = None if node.high is None else self.visit(node.high, scope, root)
        node.term = self.visit(node.term, scope, root)
        bounds = (node.low is None or node.low.single) and (node.high is None or node.high.single)
        node.single = bounds and node.term.single and not node.opt
        return node

    def _iterate(self, node: Iterate, scope: Scope, root: bool) -> Node:
        node.term = self.visit(node.term, scope, root)
        self._spend(False, loops=True)
        node.single = False
        return node

    # --- operators ----------------------------------------------------------------------------------------------

    def _pipe(self, node: Pipe, scope: Scope, root: bool) -> Node:
        if node.left.__class__ is Identity:
            return self.visit(node.right, scope, root)
        node.left = self.visit(node.left, scope, root)
        node.right = self.visit(node.right, scope, False)
        if not only_reads(node.left):
            self.plain = False
        node.single = node.left.single and node.right.single
        return node

    def _comma(self, node: Comma, scope: Scope, root: bool) -> Node:
        self.cost += 1
        self.loops = True
        node.left = self.visit(node.left, scope, root)
        node.right = self.visit(node.right, scope, root)
        node.single = False
        return node

    def _binary(self, node: Binary, scope: Scope, root: bool) -> Node:
        node.left = self.visit(node.left, scope, root)
        node.right = self.visit(node.right, scope, root)
        if isinstance(node.left, Literal) and isinstance(node.right, Literal) and node.op in BINARY:
            constant = folded(node.op, node.left.value, node.right.value)
            if constant is not None:
                return Literal(constant[0], start=node.start, end=node.end)
        self.cost += 1
        if node.op in BINARY:
            self.plain = False
        if node.op != "+":
            self._check_secret(node.left, node)
            self._check_secret(node.right, node)
        node.single = node.left.single and node.right.single
        return node

    def _check_secret(self, node: Node, where: Node) -> None:
        """A secret that is compared, computed with or decides something gives itself away."""
        inner = node
        while isinstance(inner, Index):
            inner = inner.term
        if isinstance(inner, Var) and inner.name in self.sealed:
            self.problem("secret-leak", where, f"${inner.name} can only be placed, joined into text or encoded")

    def _logic(self, node: Logic, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.left = self.visit(node.left, scope, root)
        node.right = self.visit(node.right, scope, root)
        self._check_secret(node.left, node)
        self._check_secret(node.right, node)
        node.single = node.left.single and node.right.single
        return node

    def _alternative(self, node: Alternative, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.left = self.visit(node.left, scope, root)
        node.right = self.visit(node.right, scope, root)
        node.single = node.left.single and node.right.single
        return node

    def _assign(self, node: Assign, scope: Scope, root: bool) -> Node:
        self._spend(root, plain=False)
        node.target = self.visit(node.target, scope, False)
        node.value = self.visit(node.value, scope, False)
        node.single = node.op == "|=" or node.value.single
        return node

    # --- control ------------------------------------------------------------------------------------------------

    def _condition(self, node: If, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.condition = self.visit(node.condition, scope, root)
        self._check_secret(node.condition, node)
        node.then = self.visit(node.then, scope, root)
        node.other = self.visit(node.other, scope, root)
        node.single = node.condition.single and node.then.single and node.other.single
        return node

    def _attempt(self, node: Try, scope: Scope, root: bool) -> Node:
        self.cost += 1
        node.body = self.visit(node.body, scope, root)
        if node.handler is not None:
            node.handler = self.visit(node.handler, scope, False)
        node.single = node.handler is not None and node.body.single and node.handler.single
        return node

    def _bind(self, node: Bind, scope: Scope, root: bool) -> Node:
        self.cost += 1
        self.plain = False
        node.source = self.visit(node.source, scope, root)
        node.names = bound_names(node.patterns)
        inner = scope.bind(node.names)
        keys_single = [self.pattern(pattern, inner) for pattern in node.patterns]
        node.body = self.visit(node.body, inner, root)
        node.single = node.source.single and node.body.single and all(keys_single)
        return node

    def pattern(self, pattern: Pattern, scope: Scope) -> bool:
        """Resolve the keys inside a pattern; whether all of them are single."""
        single = True
        for item in pattern.items or []:
            single &= self.pattern(item, scope)
        fields = pattern.fields or []
        for position, (key, bound, inner) in enumerate(fields):
            key = self.visit(key, scope, False)
            fields[position] = (key, bound, inner)
            single &= key.single and (inner is None or self.pattern(inner, scope))
        return single

    def _reduce(self, node: Reduce, scope: Scope, root: bool) -> Node:
        self._loop(node, scope, root)
        node.single = node.init.single
        return node

    def _foreach(self, node: Foreach, scope: Scope, root: bool) -> Node:
        inner = self._loop(node, scope, root)
        node.extract = self.visit(node.extract, inner, False)
        node.single = False
        return node

    def _loop(self, node: Reduce | Foreach, scope: Scope, root: bool) -> Scope:
        self._spend(False, loops=True)
        node.source = self.visit(node.source, scope, root)
        node.init = self.visit(node.init, scope, root)
        node.names = bound_names(node.patterns)
        inner = scope.bind(node.names)
        for pattern in node.patterns:
            self.pattern(pattern, inner)
        node.update = self.visit(node.update, inner, False)
        return inner

    def _label(self, node: Label, scope: Scope, root: bool) -> Node:
        self._spend(False, loops=True)
        node.body = self.visit(node.body, scope.bind(["*" + node.name]), root)
        node.single = False
        return node

    def _leave(self, node: Break, scope: Scope, root: bool) -> Node:
        del root
        slot = scope.variables.get("*" + node.name)
        if slot is None:
            self.problem("expression-variable", node, f"break ${node.name} has no label ${node.name} around it")
        else:
            node.slot = slot
        return node

    # --- functions ----------------------------------------------------------------------------------------------

    def _definition(self, node: Def, scope: Scope, root: bool) -> Node:
        function = node.function
        function.depth = scope.depth
        inner = self._parameters(function, scope.with_function(function.name, len(function.params), function))
        self.plain = False
        before = self.cost
        seen = len(self.problems)
        self.cost = 0
        function.body = self.visit(function.body, inner, False)
        function.cost = self.cost + 1
        function.done = True
        if function.recursive and not function.body.single and len(self.problems) == seen:
            function.body = self.visit(function.body, inner, False)
        self.cost = before
        self.all_keys |= root
        node.body = self.visit(node.body, scope.with_function(function.name, len(function.params), function), root)
        node.single = node.body.single
        return node

    def _parameters(self, function: Function, scope: Scope) -> Scope:
        """A parameter `f` takes one slot, for a closure; `$x` takes two, for a value and for the closure `x`."""
        names: list[str] = []
        for name in function.params:
            names += [name.removeprefix("$"), "&" + name] if name.startswith("$") else ["&" + name]
        inner = scope.bind(names)
        for name in function.params:
            inner = inner.with_function(name.removeprefix("$"), 0, (PARAMETER, inner.variables["&" + name]))
        return inner

    def _call(self, node: Call, scope: Scope, root: bool) -> Node:
        arity = len(node.args)
        target = scope.functions.get((node.name, arity))
        if target is None:
            return self._builtin(node, scope, root)
        self.loops = True
        self.plain = False
        self.all_keys |= root
        if isinstance(target, tuple):
            node.target, node.slot, node.single = PARAMETER, target[1], False
            self.cost += 1
            return node
        return self._user_call(node, target, scope)

    def _user_call(self, node: Call, function: Function, scope: Scope) -> Node:
        self.cost += 1
        node.target = function
        single = True
        for position, arg in enumerate(node.args):
            node.args[position] = arg = self.visit(arg, scope, False)
            single &= arg.single or not function.params[position].startswith("$")
        if not function.done:
            function.recursive = True
            node.single = single
        else:
            node.single = single and function.body.single
        return node

    def _builtin(self, node: Call, scope: Scope, root: bool) -> Node:
        spec = BUILTINS.get((node.name, len(node.args)))
        if spec is None:
            self._unknown_function(node, scope)
            return node
        if spec.uses:
            self.uses.add(spec.uses)
        if spec.rewrite is not None:
            return self.visit(spec.rewrite(node), scope, root)
        self._spend(root, loops=spec.value is None, plain=spec.plain)
        node.target = spec
        node.args = [self.visit(arg, scope, False) for arg in node.args]
        if spec.form:
            node.single = spec.single is not None and spec.single(node)
        else:
            node.single = spec.value is not None and all(arg.single for arg in node.args)
        return node

    def _unknown_function(self, node: Call, scope: Scope) -> None:
        shown = f"{node.name}/{len(node.args)}"
        if node.name in REFUSED:
            self.problem("expression-function", node, f"{shown} is not available in expressions")
            return
        known = {*scope.functions, *BUILTINS}
        arities = sorted(arity for name, arity in known if name == node.name)
        if arities:
            takes = " or ".join(f"{node.name}/{arity}" for arity in arities)
            self.problem("expression-function", node, f"{shown} is not defined; there is {takes}")
            return
        hint = nearest(node.name, {name for name, _ in known})
        message = f"{shown} is not defined" + (f"; {hint}" if hint else "")
        self.problem("expression-function", node, message, hint)

    _VISITORS: ClassVar[dict[type[Node], Any]] = {
        Identity: _identity,
        Recurse: _recurse,
        Literal: _literal,
        Var: _var,
        Text: _text,
        Format: _format,
        Neg: _neg,
        ArrayNode: _array,
        ObjectNode: _object,
        Index: _index,
        Slice: _slice,
        Iterate: _iterate,
        Pipe: _pipe,
        Comma: _comma,
        Binary: _binary,
        Logic: _logic,
        Alternative: _alternative,
        Assign: _assign,
        If: _condition,
        Try: _attempt,
        Bind: _bind,
        Reduce: _reduce,
        Foreach: _foreach,
        Label: _label,
        Break: _leave,
        Def: _definition,
        Call: _call,
    }
