"""The builder: nodes in the making, problems found so far, spellings of keys, compilation of data and programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from weft.dsl.document.context import CompileContext
from weft.dsl.expr import TASKS_STRICT, compile_expr
from weft.dsl.graph.references import Get, ReferenceProblem, Resolver, compile_data, source_of
from weft.dsl.machine.program import Node, Source
from weft.dsl.problems import Problem, error, pointer_of, warning

Object = dict[str, Any]


class Builder:
    """One compilation. `nodes` holds None for numbers that have been given out and not yet filled.

    `secrets` are the names of the secrets that the definition names, `features` what the operator must have switched on
    for it.
    """

    def __init__(self, ctx: CompileContext) -> None:
        self.ctx = ctx
        self.problems: list[Problem] = []
        self.nodes: list[Node | None] = []
        self.secrets: dict[str, None] = {}
        self.features: set[str] = set()

    def number(self) -> int:
        """The number of a node to come."""
        self.nodes.append(None)
        return len(self.nodes) - 1

    def put(self, number: int, kind: str, position: str, name: str, parent: int, following: int, spec: Any) -> None:
        """Fill a node."""
        self.nodes[number] = Node(
            index=number, kind=kind, position=position, name=name, parent=parent, next=following, spec=spec
        )

    def error(self, code: str, pointer: str, message: str) -> None:
        self.problems.append(error("semantics", code, pointer, message))

    def warn(self, code: str, pointer: str, message: str) -> None:
        self.problems.append(warning("semantics", code, pointer, message))

    def shape(self, code: str, pointer: str, message: str) -> None:
        """A problem of structure."""
        self.problems.append(error("schema", code, pointer, message))

    def data(self, value: Any, resolver: Resolver, pointer: str) -> Source | None:
        """Data with references in their texts; None if there is a problem with them."""
        before = len(self.problems)

        def report(inner: str, problem: ReferenceProblem) -> None:
            self.error(problem.code, pointer + inner, problem.message)

        resolver.base = pointer
        try:
            get: Get | None = compile_data(value, resolver, report)
        except RecursionError:
            self.error("expression-syntax", pointer, "the data are nested too deeply")
            return None
        if len(self.problems) > before:
            return None
        return source_of(get, value, resolver, pointer)

    def program(self, text: Any, pointer: str, mode: str = "one") -> Source | None:
        """A program of the bounded jq; its input is the task's input."""
        if not isinstance(text, str):
            self.shape("type", pointer, "a program is text")
            return None
        compiled = compile_expr(text, where=pointer, profile=TASKS_STRICT)
        self.problems.extend(compiled.problems)
        made: Any = compiled.result
        if made is not None and "notes" in made.info.uses:
            self.error("expression-function", pointer, "debug and stderr are not available in expressions")
            return None
        return None if made is None else Source(getattr(made, mode), tuple(made.info.needs), made.text)


class Keys:
    """An object whose keys are written with or without a leading underscore; both together are a problem.

    `others` are further spellings by the plain key.
    """

    def __init__(
        self, builder: Builder, value: Object, pointer: str, others: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        self.builder = builder
        self.value = value
        self.pointer = pointer
        self.others = others or {}

    def spelled(self, key: str) -> str:
        """The key as it is written here, "" if it is not there. The underscore spelling wins."""
        found = [name for name in ("_" + key, key, *self.others.get(key, ())) if name in self.value]
        for other in found[1:]:
            where = self.pointer + pointer_of(other)
            if not any(problem.pointer == where for problem in self.builder.problems):
                self.builder.shape("key-duplicate", where, f"'{other[:60]}' and '{found[0][:60]}' are the same key")
        return found[0] if found else ""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, `default` where it is missing or null."""
        name = self.spelled(key)
        found = self.value.get(name) if name else None
        return default if found is None else found

    def at(self, key: str) -> str:
        """The pointer of a key, of the object where the key is not there."""
        name = self.spelled(key)
        return self.pointer + pointer_of(name) if name else self.pointer

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.get(key) is not None

    def typed(self, key: str, accept: Callable[[Any], bool], what: str, default: Any = None) -> Any:
        """The value of a key if it fits; else a problem, and the default."""
        found = self.get(key)
        if found is None:
            return default
        if accept(found):
            return found
        self.builder.shape("type", self.at(key), f"'{key}' must be {what}")
        return default

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        found = self.get(key)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int):
            self.builder.shape("type", self.at(key), f"'{key}' must be a whole number")
        elif not low <= found <= high:
            self.builder.shape("range", self.at(key), f"'{key}' must be from {low} to {high}")
        else:
            return found
        return default

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        return self.typed(key, lambda value: isinstance(value, str), "text", default)

    def flag(self, key: str) -> bool:
        """True or false."""
        return self.typed(key, lambda value: isinstance(value, bool), "true or false", False)

    def mapping(self, key: str) -> Object | None:
        """An object."""
        return self.typed(key, lambda value: isinstance(value, dict), "an object")

    def array(self, key: str) -> list[Any] | None:
        """An array."""
        return self.typed(key, lambda value: isinstance(value, list), "an array")


def mapping(value: Any) -> Object:
    """The value if it is an object, else an empty one."""
    return cast("Object", value) if isinstance(value, dict) else {}
