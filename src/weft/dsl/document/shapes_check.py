"""Checks a value against shapes and tells every problem with its exact pointer."""

from __future__ import annotations

from typing import Any, Final, cast

from weft.dsl.document.shapes import Node, Shape, Slot, Union, json_type
from weft.dsl.problems import Problem, error, errors_of, warning

MAX_FOUND: Final = 200
_SHOWN: Final = 60
_ARTICLES: Final = {
    "object": "an object",
    "array": "an array",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def step(pointer: str, key: str) -> str:
    """The pointer of a member."""
    if "~" in key or "/" in key:
        key = key.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{key}"


def shown(value: Any) -> str:
    """A value inside a message."""
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def listed(names: Any) -> str:
    return ", ".join(str(name) for name in names)


def branch_of(node: Node, value: dict[str, Any]) -> Shape | None:
    """The shape by which an object is read: of a union the branch its keys choose, None if they choose none."""
    if isinstance(node, Shape):
        return node
    branches = [index for index, branch in enumerate(node.branches) if "object" in branch.types]
    return Checker().chosen(node, branches, value, "") if branches else None


class Checker:
    """One check; `lenient`: unknown keys are ignored with a warning."""

    def __init__(self, lenient: bool = False) -> None:
        self.lenient = lenient
        self.problems: list[Problem] = []

    def check(self, node: Node, value: Any, pointer: str) -> None:
        if len(self.problems) >= MAX_FOUND:
            return
        if isinstance(node, Union):
            self._union(node, value, pointer)
        else:
            self._shape(node, value, pointer)

    def fits(self, node: Node, value: Any) -> bool:
        """Whether nothing is wrong with a value."""
        trial = Checker()
        trial.check(node, value, "")
        return not errors_of(trial.problems)

    def _add(self, code: str, pointer: str, message: str) -> None:
        self.problems.append(error("schema", code, pointer, message))

    def _union(self, union: Union, value: Any, pointer: str) -> None:
        kind = json_type(value)
        branches = [index for index, branch in enumerate(union.branches) if kind in branch.types]
        if not branches:
            wanted = frozenset[str]().union(*(branch.types for branch in union.branches))
            self._add("type", pointer, f"must be {_types(wanted)}")
        elif kind == "object":
            branch = self.chosen(union, branches, cast("dict[str, Any]", value), pointer)
            if branch is not None:
                self._shape(branch, value, pointer)
        else:
            self._best(union, branches, value, pointer)

    def _best(self, union: Union, branches: list[int], value: Any, pointer: str) -> None:
        """For values without keys: the first branch that fits, else the one with the fewest problems."""
        best: list[Problem] | None = None
        for index in branches:
            trial = Checker(self.lenient)
            trial.check(union.branches[index], value, pointer)
            if not trial.problems:
                return
            if best is None or len(trial.problems) <= len(best):
                best = trial.problems
        self.problems.extend(best or ())

    def chosen(self, union: Union, branches: list[int], value: dict[str, Any], pointer: str) -> Shape | None:
        """The branch that the value's keys choose; None after telling why there is none."""
        if union.kinds:
            branches = self._of_kind(union, value, pointer)
            if not branches:
                return None
        if not self._decided(union, value, pointer):
            return None
        agreeing = [index for index in branches if _agrees(union, index, value)]
        if len(agreeing) == 1 and (union.kinds or union.deciding):
            return union.branches[agreeing[0]]
        scores = [(self._score(union, index, value), -position) for position, index in enumerate(branches)]
        best, position = max(scores)
        if best[1] == 0 and best[2] == 0 and len(branches) > 1 and not union.kinds:
            self._undecided(union, branches, value, pointer)
            return None
        return union.branches[branches[-position]]

    def _of_kind(self, union: Union, value: dict[str, Any], pointer: str) -> list[int]:
        present = [key for key in union.kinds if key in value]
        if "for" in present and "do" in present:
            present.remove("do")
        if len(present) != 1:
            found = f"has {listed(present)}" if present else "has none"
            self._add("task-keys", pointer, f"a task has exactly one of {listed(union.kinds)}; this one {found}")
            return []
        return union.by_kind[present[0]]

    def _decided(self, union: Union, value: dict[str, Any], pointer: str) -> bool:
        """False after telling that a deciding key (`type`) is missing or holds no known value."""
        for key, values in union.deciding.items():
            if key not in value:
                self._add("property-missing", pointer, f"{key} is missing")
                return False
            if value[key] not in values:
                self._add("enum", step(pointer, key), f"{shown(value[key])} is none of {listed(values)}")
                return False
        return True

    def _score(self, union: Union, index: int, value: dict[str, Any]) -> tuple[bool, int, int]:
        branch = union.branches[index]
        never = any(key in value and self._refuses(slots, value[key]) for key, slots in union.nevers[index].items())
        signature = sum(key in value for key in union.signatures[index])
        known = sum(key in branch.props or any(p.search(key) for p, _ in branch.patterns) for key in value)
        return _agrees(union, index, value) and not never, signature, known

    def _refuses(self, slots: list[Slot], value: Any) -> bool:
        return not isinstance(value, dict | list) and any(self.fits(slot.get(), value) for slot in slots)

    def _undecided(self, union: Union, branches: list[int], value: dict[str, Any], pointer: str) -> None:
        keys = list(dict.fromkeys(key for index in branches for key in sorted(union.signatures[index])))
        for key in value:
            self._unknown(key, pointer, ())
        self._add("property-missing", pointer, f"one of {listed(keys)} is missing")

    def _shape(self, shape: Shape, value: Any, pointer: str) -> None:
        if shape.refused:
            self._add("property-unknown", pointer, "is not allowed here")
            return
        kind = json_type(value)
        if kind not in shape.types:
            self._add("type", pointer, f"must be {_types(shape.types)}")
            return
        if shape.choices is not None and not any(value == one and type(value) is type(one) for one in shape.choices):
            self._add("enum", pointer, f"{shown(value)} is none of {listed(shape.choices)}")
            return
        self._inside(shape, kind, value, pointer)
        if shape.never and any(self.fits(never.get(), value) for never in shape.never):
            self._add("property-unknown" if kind == "object" else "enum", pointer, "is not allowed here")
        for condition, then, otherwise in shape.conditions:
            chosen = then if self.fits(condition.get(), value) else otherwise
            if chosen is not None:
                self.check(chosen.get(), value, pointer)

    def _inside(self, shape: Shape, kind: str, value: Any, pointer: str) -> None:
        if kind == "object":
            self._object(shape, value, pointer)
        elif kind == "array":
            self._array(shape, value, pointer)
        elif kind == "string":
            self._text(shape, value, pointer)
        elif kind in ("integer", "number"):
            self._number(shape, value, pointer)

    def _text(self, shape: Shape, value: str, pointer: str) -> None:
        if len(value) < shape.sizes.get("minLength", 0):
            self._add("count", pointer, "must not be empty")
        elif shape.pattern is not None and shape.pattern.search(value) is None:
            code = shape.code or "pattern"
            self._add(code, pointer, f"{shown(value)} does not have the required form")

    def _number(self, shape: Shape, value: float, pointer: str) -> None:
        low, high = shape.sizes.get("minimum"), shape.sizes.get("maximum")
        if low is not None and value < low:
            self._add("range", pointer, f"must be at least {low}")
        if high is not None and value > high:
            self._add("range", pointer, f"must be at most {high}")

    def _array(self, shape: Shape, value: list[Any], pointer: str) -> None:
        low = shape.sizes.get("minItems", 0)
        if len(value) < low:
            self._add("count", pointer, f"needs at least {low:g} item{'s' if low > 1 else ''}")
        if shape.unique and any(item in value[:index] for index, item in enumerate(value[:1_000])):
            self._add("count", pointer, "holds an item twice")
        if shape.items is not None:
            node = shape.items.get()
            for index, item in enumerate(value):
                self.check(node, item, f"{pointer}/{index}")

    def _object(self, shape: Shape, value: dict[str, Any], pointer: str) -> None:
        self._counts(shape, value, pointer)
        self._missing(shape, value, pointer)
        for key, item in value.items():
            slot = shape.props.get(key) or self._extra(shape, key)
            if isinstance(slot, Slot):
                self.check(slot.get(), item, step(pointer, key))
            elif slot is False:
                self._unknown(key, pointer, shape.props)
            elif slot is None and shape.props and pointer:
                self._ignored(key, pointer)

    def _missing(self, shape: Shape, value: dict[str, Any], pointer: str) -> None:
        for key in shape.required:
            if key not in value:
                self._add("property-missing", pointer, f"{key} is missing")
        for groups in shape.wanted:
            if not any(group <= value.keys() for group in groups):
                self._add("property-missing", pointer, _wanted(groups, value))
        for key, others in shape.dependent.items():
            for other in others if key in value else ():
                if other not in value:
                    self._add("property-missing", pointer, f"{key} needs {other}, which is missing")

    def _extra(self, shape: Shape, key: str) -> Slot | bool | None:
        for pattern, slot in shape.patterns:
            if pattern.search(key):
                return slot
        return shape.extra

    def _counts(self, shape: Shape, value: dict[str, Any], pointer: str) -> None:
        low, high = shape.sizes.get("minProperties", 0), shape.sizes.get("maxProperties")
        code = shape.code if shape.code == "task-keys" else "count"
        if len(value) < low:
            self._add(code, pointer, "holds nothing" if low == 1 else f"needs at least {low:g} entries")
        if high is not None and len(value) > high:
            one = "exactly one entry is allowed here" if high == 1 else f"at most {high:g} entries are allowed here"
            self._add(code, pointer, f"{one}, not {len(value)}: {listed(list(value)[:5])}")

    def _unknown(self, key: str, pointer: str, known: Any) -> None:
        if self.lenient:
            self._ignored(key, pointer)
            return
        hint = next((f"did you mean {name}?" for name in known if name.lower() == key.lower()), None)
        self.problems.append(
            error("schema", "property-unknown", step(pointer, key), f"{key[:100]} is not known here", hint)
        )

    def _ignored(self, key: str, pointer: str) -> None:
        where = step(pointer, key)
        self.problems.append(warning("schema", "property-ignored", where, f"{key[:100]} is not known here; ignored"))


def _agrees(union: Union, index: int, value: dict[str, Any]) -> bool:
    """Whether the keys that decide hold what the branch wants."""
    return all(value.get(key) in choices for key, choices in union.consts[index].items())


def _types(names: frozenset[str]) -> str:
    if "number" in names:
        names -= {"integer"}
    return " or ".join(text for name, text in _ARTICLES.items() if name in names)


def _wanted(groups: tuple[frozenset[str], ...], value: dict[str, Any]) -> str:
    """What is missing of the group that is nearest; of several equally near ones, any."""
    lacking = [group - value.keys() for group in groups]
    fewest = min(len(keys) for keys in lacking)
    nearest = list(dict.fromkeys(listed(sorted(keys)) for keys in lacking if len(keys) == fewest))
    return f"{nearest[0]} is missing" if len(nearest) == 1 else f"one of {listed(nearest)} is missing"
