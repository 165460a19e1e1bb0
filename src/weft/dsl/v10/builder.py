"""The builder: nodes in the making, problems found so far, and the compilation of expressions and data.

Nothing here raises for a malformed document: what has not the shape a rule reads is left to the schema stage, which
reports it; the program of a document with errors is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from weft.dsl.document.context import CompileContext, ResourceError
from weft.dsl.expr import TASKS_LOOSE, TASKS_STRICT, Names, compile_data, compile_expr
from weft.dsl.machine.durations import parse_value
from weft.dsl.machine.program import Check, Delay, Node, Source
from weft.dsl.problems import Problem, error, warning
from weft.dsl.v10.schemas import SchemaRefused, compile_schema

Mode = Literal["one", "test", "collect"]

LowerTask = Callable[["Builder", int, str, Any, str, Any], None]

MAX_NODES = 20_000


class Builder:
    """One compilation. `nodes` holds None for numbers that have been given out and not yet filled.

    `lower_task(builder, number, name, task, pointer, body)` is handed in, for lists hold tasks and tasks hold lists.
    """

    def __init__(self, doc: dict[str, Any], ctx: CompileContext, lower_task: LowerTask) -> None:
        self.lower_task = lower_task
        self.doc = doc
        self.ctx = ctx
        self.problems: list[Problem] = []
        self.nodes: list[Node | None] = []
        self.use: dict[str, Any] = mapping(doc.get("use"))
        evaluate = mapping(doc.get("evaluate"))
        self.profile = TASKS_LOOSE if evaluate.get("mode") == "loose" else TASKS_STRICT
        self.functions: dict[str, int] = {}
        self.calling: list[str] = []
        self.edges: dict[int, list[int]] = {}
        self._checks: dict[int, Check | None] = {}

    def number(self) -> int:
        """The number of a node to come."""
        self.nodes.append(None)
        return len(self.nodes) - 1

    def error(self, code: str, pointer: str, message: str) -> None:
        self.problems.append(error("semantics", code, pointer, message))

    def warn(self, code: str, pointer: str, message: str) -> None:
        self.problems.append(warning("semantics", code, pointer, message))

    def unsupported(self, what: str, pointer: str, message: str) -> None:
        """`unsupported-<what>` at the exact key."""
        self.error(f"unsupported-{what}", pointer, message)

    def expr(self, text: Any, names: Names, pointer: str, mode: Mode = "one") -> Source | None:
        """A field that is an expression, bare or in `${ }`; None if it is no text or does not compile."""
        if not isinstance(text, str):
            return None
        compiled = compile_expr(text, names=names, where=pointer, profile=self.profile)
        self.problems.extend(compiled.problems)
        found: Any = compiled.result
        if found is None:
            return None
        return Source(getattr(found, mode), tuple(found.info.needs), found.text)

    def data(self, value: Any, names: Names, pointer: str) -> Source | None:
        """A field that is data: walked, and every text interpolated."""
        compiled = compile_data(value, names=names, where=pointer, profile=self.profile)
        self.problems.extend(compiled.problems)
        found: Any = compiled.result
        if found is None:
            return None
        return Source(found.render, tuple(found.needs), found.text)

    def source(self, value: Any, names: Names, pointer: str) -> Source | None:
        """`from`, `as` and `set`: an expression when given as text, else data."""
        if isinstance(value, str):
            return self.expr(value, names, pointer)
        return self.data(value, names, pointer)

    def delay(self, value: Any, names: Names, pointer: str) -> Delay | None:
        """A duration: ISO text, an object of units, or an expression that gives one of the two."""
        if isinstance(value, str) and "${" in value:
            found = self.data(value, names, pointer)
            return None if found is None else Delay(source=found)
        fixed = parse_value(value)
        if fixed is None:
            if isinstance(value, (str, dict)):
                self.error("duration", pointer, "no ISO 8601 duration and no object of days to milliseconds")
            return None
        return Delay(fixed)

    def schema(self, holder: dict[str, Any], pointer: str) -> Check | None:
        """The check of `schema` in an `input`, `output` or `export`."""
        spec = holder.get("schema")
        if not isinstance(spec, dict):
            return None
        form = spec.get("format", "json")
        where = f"{pointer}/schema"
        if isinstance(form, str) and form.split(":", 1)[0] != "json":
            self.unsupported("schema-format", f"{where}/format", f"schemas of format '{form}' are not supported")
            return None
        if "document" in spec:
            return self._check(spec["document"], form, f"{where}/document")
        if "resource" in spec:
            return self._resource(spec["resource"], form, f"{where}/resource")
        return None

    def _resource(self, resource: Any, form: Any, pointer: str) -> Check | None:
        endpoint = mapping(resource).get("endpoint", resource)
        uri = mapping(endpoint).get("uri", endpoint)
        if not isinstance(uri, str):
            return None
        if self.ctx.resources is None:
            self.error("uri", pointer, f"the schema '{uri}' cannot be had here; give it as a document")
            return None
        try:
            schema = self.ctx.resources.resolve(uri)
        except ResourceError as problem:
            self.error("uri", pointer, f"the schema '{uri}' cannot be had: {problem}")
            return None
        return self._check(schema, form, pointer)

    def _check(self, schema: Any, form: Any, pointer: str) -> Check | None:
        draft = form.partition(":")[2] if isinstance(form, str) else ""
        if isinstance(schema, dict) and "$schema" not in schema and draft in DRAFTS:
            schema = {"$schema": DRAFTS[draft], **schema}
        try:
            return compile_schema(schema)
        except SchemaRefused as problem:
            self.error("json-schema", pointer, str(problem))
            return None


DRAFTS: dict[str, str] = {
    "draft-04": "http://json-schema.org/draft-04/schema#",
    "draft-06": "http://json-schema.org/draft-06/schema#",
    "draft-07": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
