"""Shared tools of the lowering: nodes are allocated here, expressions and durations compiled with their place.

Variables of the states languages: `$WORKFLOW`, `$CONST`, `$SECRETS` (sealed), and inside a foreach the iteration
parameter. Expressions that fail to compile are problems; the lowering goes on without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast

import msgspec

from weft.dsl.document.context import CompileOptions
from weft.dsl.expr import CWM as CWM_PROFILE
from weft.dsl.expr import STATES as STATES_PROFILE
from weft.dsl.expr import Budget, Expr, ExpressionFault, Names, Template, compile_data, compile_expr
from weft.dsl.machine.durations import Duration, parse_iso
from weft.dsl.machine.merge import MISSING
from weft.dsl.machine.program import DONE, Delay, Node, Source
from weft.dsl.machine.states import EventIn, Exit, LineSpec
from weft.dsl.v08.draft import Draft, Part
from weft.dsl.v08.functions import Call

VARIABLES: Final = frozenset(("WORKFLOW", "CONST", "SECRETS"))
SEALED: Final = frozenset(("SECRETS",))
_MISPLACED: Final = re.compile(r"PT\d{1,9}[DW]", re.ASCII)
Evaluate = Callable[[Any, tuple[Any, ...], Budget], Any]
How = Literal["one", "test", "collect"]


class Lowering:
    """State of one compilation: the nodes so far, the variables in scope, the functions."""

    def __init__(self, draft: Draft, calls: Mapping[str, Call], options: CompileOptions) -> None:
        self.draft = draft
        self.calls = calls
        self.options = options
        self.nodes: list[Node | None] = []
        self.profile = CWM_PROFILE if draft.cwm else STATES_PROFILE
        self.functions = {name: call.target for name, call in calls.items() if call.kind == "expression"}
        self.names = Names(names=VARIABLES, sealed=SEALED, functions=self.functions)
        self.states: dict[int, int] = {}
        self.exits: list[Exit] = []
        self.consumed: dict[str, EventIn] = {}  # the events that states wait for, by name, in order
        self.children: list[tuple[str, str, str]] = []  # name, version, pointer of every sub-workflow

    def with_variable(self, name: str) -> None:
        """Binds one more variable until `without_variable`."""
        self.names = Names(names=VARIABLES | {name}, sealed=SEALED, functions=self.functions)

    def without_variable(self) -> None:
        self.names = Names(names=VARIABLES, sealed=SEALED, functions=self.functions)

    def reserve(self) -> int:
        """An index for a node that is filled in later."""
        self.nodes.append(None)
        return len(self.nodes) - 1

    def fill(self, node: Node) -> None:
        self.nodes[node.index] = node

    def line(
        self, state: int, pointer: str, body: int, limit: Duration | None = None, *, param: str = "", name: str = ""
    ) -> int:
        """The node of one line of work of a state."""
        index = self.reserve()
        self.fill(Node(index, "line", pointer, name, state, journal=False, spec=LineSpec(body, limit, param)))
        return index

    def finished(self) -> tuple[Node, ...]:
        """All nodes; only called when nothing failed."""
        return tuple(cast("list[Node]", self.nodes))

    def target(self, name: str) -> int:
        """The node of a state by name; `DONE` for a name that the flow checks report."""
        part = self.draft.state(name)
        return DONE if part is None else self.states[part.index]

    def expr(self, text: Any, pointer: str, how: How = "one") -> Source | None:
        """A field that is an expression, with or without `${ }`. None when absent or wrong.

        `test`: a condition, whose truth the machine decides; in CWM one that does not compile is a warning and never
        holds, and one that fails is false. Any other text that does not compile fails there when it is evaluated.
        """
        expression = self.compiled(text, pointer, condition=how == "test")
        if expression is None:
            return None
        evaluate = expression.collect if how == "collect" else expression.one
        if how == "test" and expression.false_on_error:
            evaluate = _or_false(expression.one)
        return Source(evaluate, expression.info.needs, expression.text)

    def compiled(self, text: Any, pointer: str, *, condition: bool = False) -> Expr | None:
        """The compiled expression itself."""
        if not isinstance(text, str):
            return None
        done = compile_expr(text, names=self.names, where=pointer, profile=self.profile, condition=condition)
        self.draft.problems.extend(done.problems)
        found: Expr | None = done.result
        return found

    def filter(self, text: Any, pointer: str) -> Source | None:
        """A filter of results: its first result, or MISSING where it has none (in CWM null, as everywhere)."""
        expression = self.compiled(text, pointer)
        if expression is None:
            return None
        if expression.info.single or self.draft.cwm:
            return Source(expression.one, expression.info.needs, expression.text)
        first = self.compiled(f"[limit(1; ({expression.text}\n))]", pointer)
        if first is None:
            return None
        one = first.one

        def evaluate(value: Any, variables: tuple[Any, ...], budget: Budget) -> Any:
            found = one(value, variables, budget)
            return found[0] if found else MISSING

        return Source(evaluate, first.info.needs, expression.text)

    def data(self, value: Any, pointer: str) -> Source | None:
        """Data whose texts are evaluated; None when there are none or they are wrong."""
        done = compile_data(value, names=self.names, where=pointer, profile=self.profile)
        self.draft.problems.extend(done.problems)
        template: Template | None = done.result
        if template is None:
            return None
        if template.constant:
            return Source(lambda _value, _variables, _budget: value, (), "")
        return Source(template.render, template.needs, "")

    def exit(self, exit_: Exit) -> Exit:
        """Gives an exit its place in the table of exits."""
        placed = msgspec.structs.replace(exit_, index=len(self.exits))
        self.exits.append(placed)
        return placed

    def no_secrets(self, source: Source | None, pointer: str, what: str) -> None:
        """A secret may not reach this place."""
        if source is not None and "SECRETS" in source.needs:
            self.draft.error("secret-leak", pointer, f"a secret cannot be used in {what}")

    def duration(self, value: Any, pointer: str) -> Duration | None:
        """A duration text; `PT0S` and absence give None."""
        if not isinstance(value, str):
            return None
        found = self._read(value, pointer)
        return found if found is not None and (found.ms or found.months) else None

    def _read(self, value: str, pointer: str) -> Duration | None:
        text = value.strip()
        found = parse_iso(text)
        if found is None and _MISPLACED.fullmatch(text):
            # published definitions write PT30D for thirty days
            found = parse_iso("P" + text[2:])
            self.draft.warning("duration", pointer, f"{value!r} is read as P{text[2:]}: days stand before the T")
        if found is None:
            self.draft.error("duration", pointer, f"{value!r} is no ISO 8601 duration")
        return found

    def delay(self, value: Any, pointer: str) -> Delay | None:
        """A duration text, or an expression that gives one."""
        if not isinstance(value, str):
            return None
        if "${" in value or value.lstrip()[:1] in (".", "$"):
            source = self.expr(value, pointer)
            return None if source is None else Delay(source=_lenient(source))
        found = self._read(value, pointer)
        return None if found is None else Delay(fixed=found)


class Place(msgspec.Struct, frozen=True):
    """Where a body of actions stands: pointer of its holder, the composite node, limits that hold there."""

    pointer: str
    parent: int
    action_limit: Duration | None = None
    default_limit: bool = False


def plain_end(pointer: str, lowering: Lowering) -> Exit:
    """The end of a path without anything further."""
    return lowering.exit(Exit(position=pointer))


def part_of(draft: Draft, table: Mapping[str, Part], name: str, code: str, pointer: str, what: str) -> Part | None:
    """The named entry; a name that is none is a problem."""
    part = table.get(name)
    if part is None:
        draft.error(code, pointer, f"{name!r} is no {what} of this definition")
    return part


def _or_false(one: Evaluate) -> Evaluate:
    """A condition that fails is false; one that uses up its budget is a fault all the same."""

    def evaluate(value: Any, variables: tuple[Any, ...], budget: Budget) -> Any:
        try:
            return one(value, variables, budget)
        except ExpressionFault as problem:
            if problem.code == "BUDGET":
                raise
            return False

    return evaluate


def _lenient(source: Source) -> Source:
    """A duration that is worked out may be written as leniently as one in the document."""
    inner = source.evaluate

    def evaluate(value: Any, variables: tuple[Any, ...], budget: Budget) -> Any:
        found = inner(value, variables, budget)
        if isinstance(found, str) and _MISPLACED.fullmatch(found.strip()):
            return "P" + found.strip()[2:]
        return found

    return Source(evaluate, source.needs, source.text)
