"""JSON Schemas (drafts 7 and 2020-12, as far as the bundled ones go) turned into shapes.

`$ref` adds to what stands beside it, `allOf` is merged, alternatives (`oneOf`, `anyOf`) become unions with what stands
around them merged into each branch. `format` is not asserted, `multipleOf` and annotations are not read. Alternatives
that only differ in `required` become one shape that wants one of the key sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from weft.dsl.document.shapes import ALL_TYPES, Node, Shape, Slot, Union
from weft.dsl.problems import parts_of

_SIZES: Final = ("minLength", "minimum", "maximum", "minItems", "minProperties", "maxProperties")
_NAME_PATTERNS: Final = ("^[a-z0-9](-?[a-z0-9])*$", "^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$")

Schema = Any


class Builder:
    """Builds the shapes of one set of schema files."""

    def __init__(self, files: Mapping[str, Schema]) -> None:
        """`files` by name; references are `file#/pointer` or `#/pointer`."""
        self.files = files
        self._references: dict[tuple[str, str], Slot] = {}

    def root(self, file: str) -> Node:
        return self.node(self.files[file], file)

    def slot(self, schema: Schema, file: str) -> Slot:
        if isinstance(schema, dict) and set(cast("dict[str, Any]", schema)) <= {"$ref", "title", "description"}:
            reference = cast("dict[str, Any]", schema).get("$ref")
            if isinstance(reference, str):
                key = self._target(reference, file)
                known = self._references.get(key)
                if known is None:
                    known = self._references[key] = Slot(lambda: self.node(*self._resolved(reference, file)))
                return known
        return Slot(lambda: self.node(schema, file))

    def node(self, schema: Schema, file: str) -> Node:
        """The node of one schema."""
        if schema is False:
            refused = Shape()
            refused.refused = True
            return refused
        if schema is True or schema == {}:
            return Shape()
        schema = cast("dict[str, Any]", schema)
        node: Node = self._own(schema, file)
        for part in self._parts(schema, file):
            node = merged(node, part)
        return _with_kinds(node, schema)

    def _parts(self, schema: dict[str, Any], file: str) -> list[Node]:
        parts: list[Node] = []
        if "$ref" in schema:
            parts.append(self.node(*self._resolved(schema["$ref"], file)))
        parts.extend(self.node(part, file) for part in schema.get("allOf", ()))
        for key in ("oneOf", "anyOf"):
            if key in schema:
                parts.append(self._alternatives(schema[key], file))
        return parts

    def _alternatives(self, schemas: list[Schema], file: str) -> Node:
        if all(set(part) == {"required"} for part in schemas):
            shape = Shape()
            shape.wanted.append(tuple(frozenset(part["required"]) for part in schemas))
            return shape
        branches: list[Shape] = []
        for part in schemas:
            node = self.node(part, file)
            branches.extend(node.branches if isinstance(node, Union) else [node])
        return branches[0] if len(branches) == 1 else Union(branches)

    def _own(self, schema: dict[str, Any], file: str) -> Shape:
        shape = Shape()
        self._scalars(shape, schema)
        shape.props = {key: self.slot(part, file) for key, part in schema.get("properties", {}).items()}
        for text, part in schema.get("patternProperties", {}).items():
            shape.patterns.append((_compiled(text), self.slot(part, file)))
        for key in ("additionalProperties", "unevaluatedProperties"):
            extra = schema.get(key)
            if extra is not None:
                shape.extra = extra if isinstance(extra, bool) else self.slot(extra, file)
        shape.required = tuple(schema.get("required", ()))
        shape.dependent = {key: tuple(keys) for key, keys in schema.get("dependentRequired", {}).items()}
        if "items" in schema:
            shape.items = self.slot(schema["items"], file)
        if "if" in schema:
            branches = [self.slot(schema[key], file) if key in schema else None for key in ("then", "else")]
            shape.conditions.append((self.slot(schema["if"], file), branches[0], branches[1]))
        if "not" in schema:
            shape.never.append(self.slot(schema["not"], file))
        return shape

    def _scalars(self, shape: Shape, schema: dict[str, Any]) -> None:
        kinds = schema.get("type")
        if kinds is not None:
            names = {kinds} if isinstance(kinds, str) else set(kinds)
            shape.types = frozenset(names | ({"integer"} if "number" in names else set()))
        if "const" in schema:
            shape.choices = (schema["const"],)
        elif "enum" in schema:
            shape.choices = tuple(schema["enum"])
        pattern = schema.get("pattern")
        if pattern is not None:
            shape.pattern = _compiled(pattern.strip())
            shape.code = "name-pattern" if pattern in _NAME_PATTERNS else ""
        shape.sizes = {key: schema[key] for key in _SIZES if key in schema}
        shape.unique = schema.get("uniqueItems", False)
        shape.title = schema.get("title", "")
        if shape.title == "TaskItem":
            shape.code = "task-keys"

    def _target(self, reference: str, file: str) -> tuple[str, str]:
        name, _, pointer = reference.partition("#")
        return name or file, pointer

    def _resolved(self, reference: str, file: str) -> tuple[Schema, str]:
        name, pointer = self._target(reference, file)
        schema = self.files[name]
        for part in parts_of(pointer):
            schema = schema[part]
        return schema, name


def _compiled(pattern: str) -> re.Pattern[str]:
    """A schema's pattern; `$` is the very end, classes are ASCII."""
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1] + r"\Z"
    return re.compile(pattern, re.ASCII)


def _with_kinds(node: Node, schema: dict[str, Any]) -> Node:
    """A task is told from its kind's key: the first key that its schema requires."""
    if schema.get("title") == "Task" and isinstance(node, Union):
        return Union(node.branches, tuple(dict.fromkeys(branch.required[0] for branch in node.branches)))
    return node


def merged(first: Node, second: Node) -> Node:
    """What fits both."""
    if isinstance(first, Union) or isinstance(second, Union):
        left = first.branches if isinstance(first, Union) else [first]
        right = second.branches if isinstance(second, Union) else [second]
        return Union([_merged_shapes(one, two) for one in left for two in right])
    return _merged_shapes(first, second)


def _merged_shapes(first: Shape, second: Shape) -> Shape:
    shape = first.copy()
    shape.types = (first.types & second.types) or second.types
    if shape.types == ALL_TYPES:
        shape.types = second.types
    shape.choices = second.choices if second.choices is not None else first.choices
    shape.pattern = second.pattern or first.pattern
    shape.sizes.update(second.sizes)
    shape.unique = first.unique or second.unique
    shape.props.update(second.props)
    shape.patterns.extend(second.patterns)
    if first.extra is None or (first.extra is True and second.extra is not None) or second.extra is False:
        shape.extra = second.extra
    shape.required = tuple(dict.fromkeys(first.required + second.required))
    shape.wanted.extend(second.wanted)
    shape.dependent.update(second.dependent)
    shape.items = second.items or first.items
    shape.conditions.extend(second.conditions)
    shape.never.extend(second.never)
    shape.refused = first.refused or second.refused
    shape.title = first.title or second.title
    shape.code = first.code or second.code
    return shape
