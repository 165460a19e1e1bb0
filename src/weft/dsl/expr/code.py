"""From nodes to closures: the three compiled forms and where each construct's compiler is registered.

* value form, single nodes only: `f(v, env) -> value`
* stream form: `g(v, env) -> iterable of values`, lazily
* path form: `p(path, v, env) -> iterable of (path, value)`; a path is a tuple of keys, or None for a value that was
  computed and stands at no path

`env` is a tuple: the budget, the variables of the place in the order of `needs`, then what the expression binds.
An environment is only ever extended, so an enclosing scope's environment is a prefix of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from weft.dsl.expr.errors import JqError
from weft.dsl.expr.syntax import Call, Literal, Node
from weft.dsl.expr.values import excerpt

Env = tuple[Any, ...]
One = Callable[[Any, Env], Any]
Many = Callable[[Any, Env], Iterable[Any]]
Path = tuple[Any, ...] | None
Paths = Callable[[Path, Any, Env], Iterable[tuple[Path, Any]]]

ONE: dict[type[Node], Callable[[Coder, Any], One]] = {}
MANY: dict[type[Node], Callable[[Coder, Any], Many]] = {}
PATHS: dict[type[Node], Callable[[Coder, Any], Paths]] = {}

FORM_ONE: dict[str, Callable[[Coder, Call], One]] = {}
FORM_MANY: dict[str, Callable[[Coder, Call], Many]] = {}
FORM_PATHS: dict[str, Callable[[Coder, Call], Paths]] = {}


class Coder:
    """Compiles resolved nodes. `generic` leaves out the specialised forms: same results, same fuel, slower.

    `watch`, when given, wraps the value and stream form of every node (the instrumented form of explain).
    `settled` are updates that must check what they put in as a result, for then nobody looks at the whole again.
    """

    def __init__(
        self,
        *,
        generic: bool = False,
        watch: Callable[[Node, Any, bool], Any] | None = None,
        settled: tuple[Node, ...] = (),
    ) -> None:
        self.generic = generic
        self.watch = watch
        self.settled = settled

    def settles(self, node: Node) -> bool:
        return any(node is one for one in self.settled)

    def one(self, node: Node) -> One:
        """The value form of a single node."""
        made = ONE[node.__class__](self, node)
        return made if self.watch is None else self.watch(node, made, True)

    def many(self, node: Node) -> Many:
        """The stream form of any node."""
        if node.single:
            return only(self.one(node))
        made = MANY[node.__class__](self, node)
        return made if self.watch is None else self.watch(node, made, False)

    def paths(self, node: Node) -> Paths:
        """The path form of any node; one that computes a new value yields it without a path."""
        maker = PATHS.get(node.__class__)
        return computed(self.many(node)) if maker is None else maker(self, node)


def only(run: One) -> Many:
    """A single node's stream form."""
    return lambda v, env: (run(v, env),)


def computed(run: Many) -> Paths:
    """The path form of a node that computes values: no path, unless it gives back what stands at the path."""

    def paths(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for result in run(v, env):
            yield kept(path, v, result)

    return paths


def kept(path: Path, v: Any, result: Any) -> tuple[Path, Any]:
    """`result` with the path of `v` when it is that very value. Numbers and texts have no identity."""
    same = result is v and (v.__class__ is list or v.__class__ is dict or v is None or v.__class__ is bool)
    return (path if same else None), result


def checked(pair: tuple[Path, Any]) -> tuple[Any, ...]:
    """The path of a pair, or jq's error when it has none."""
    path, value = pair
    if path is None:
        raise JqError(f"Invalid path expression with result {excerpt(value)}")
    return path


def constant_of(node: Node) -> Any:
    """The value of a literal; the class `Literal` itself when the node is none."""
    return node.value if isinstance(node, Literal) else Literal
