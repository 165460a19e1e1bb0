"""A definition compiled: text or value in, program or all of its problems out.

Three stages: parse, schema, semantics. Parse problems stop everything; schema problems do not stop semantics, and all
problems come back together, in the order of their lines, at most 100.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from weft.dsl.document.context import (
    STATES_DIALECTS,
    ChildRef,
    CompileContext,
    CompileOptions,
    Dialect,
    ResourceResolver,
)
from weft.dsl.document.detect import detect
from weft.dsl.document.keys import fold
from weft.dsl.document.schema import check
from weft.dsl.document.text import Locate, inspect, no_lines, parse
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import Program
from weft.dsl.machine.rules import MACHINE_VERSION
from weft.dsl.problems import Problem, error, errors_of, ordered

DEFAULT_OPTIONS: Final = CompileOptions(machine=MACHINE_VERSION)


class Compiled(msgspec.Struct, frozen=True):
    """What became of a definition.

    `program` is there unless a problem is an error. `problems` are ordered and have lines where the source was text.
    `dialect`, `identity` and `document` (as written) are there as far as they could be told.
    """

    program: Program | None
    problems: list[Problem]
    dialect: Dialect | None = None
    identity: Identity | None = None
    document: dict[str, Any] | None = None

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the definition from being used."""
        return errors_of(self.problems)


def compile_document(
    source: str | bytes | Mapping[str, Any],
    *,
    dialect: str | None = None,
    resources: ResourceResolver | None = None,
    children: Callable[[ChildRef], bool] | None = None,
    options: CompileOptions = DEFAULT_OPTIONS,
) -> Compiled:
    """Compiles a definition; never raises for anything that a source holds.

    `dialect` is a hint that decides among the states dialects. `resources` gives what the definition names by URI;
    `children` says whether a sub-workflow exists.
    """
    value, problems, locate = _value(source)
    if problems:
        return Compiled(None, _finished(problems, locate))
    found = detect(value, dialect)
    if isinstance(found, Problem):
        return Compiled(None, _finished([found], locate))
    if dialect in STATES_DIALECTS and found.dialect in ("tasklist", "graph"):
        what = "a task list" if found.dialect == "tasklist" else "a task graph"
        message = f"{what} cannot be saved here: a definition has 'states' or a 'document'"
        return Compiled(None, _finished([error("parse", "dialect-unsupported", "", message)], locate), found.dialect)
    doc = cast("dict[str, Any]", value)
    digest = digest_of(doc, found.dialect, options.machine)
    folded = fold(doc, found.dialect)
    ctx = CompileContext(digest, found.dialect, options, resources, children)
    structure = check(folded.doc, found.dialect)
    program, semantics = _front_end(folded.doc, ctx)
    moved = [_moved(problem, folded.pointer(problem.pointer)) for problem in _distinct(structure, semantics)]
    problems = [*found.warnings, *folded.warnings, *moved]
    if errors_of(problems):
        program = None
    elif program is None:
        problems.append(
            error("semantics", "unsupported-definition", "", "the definition cannot be run by this version")
        )
    identity = program.identity if program else identity_of(doc, found.dialect)
    return Compiled(program, _finished(problems, locate), found.dialect, identity, doc)


def digest_of(document: Any, dialect: Dialect, machine: str) -> str:
    """The digest of a program: SHA-256 over the canonical JSON of (document, dialect, machine version), in hex."""
    text = json.dumps([document, dialect, machine], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def identity_of(doc: Mapping[str, Any], dialect: Dialect) -> Identity | None:
    """Which definition a document says it is; None if it does not say.

    v08: `id` (or `key`) and `version`; v09 and cwm: `name` and `version`; 1.0: namespace, name and version.
    """
    if dialect == "v10":
        head = doc.get("document")
        head = cast("dict[str, Any]", head) if isinstance(head, dict) else {}
        name, version, namespace = _text(head, "name"), _text(head, "version"), _text(head, "namespace")
    else:
        name = _text(doc, "name")
        if dialect == "tasklist":
            name = _text(doc, "_name") or name
        if dialect == "v08":
            name = _text(doc, "id") or _text(doc, "key") or name
        version, namespace = _text(doc, "version"), ""
        if dialect == "v09" and not version:
            version = "latest"
    return Identity(name=name, version=version, namespace=namespace) if name else None


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _value(source: str | bytes | Mapping[str, Any]) -> tuple[Any, list[Problem], Locate]:
    if isinstance(source, str | bytes):
        parsed = parse(source)
        return parsed.value, parsed.problems, parsed.locate
    value = dict(source)
    return value, inspect(value), no_lines


def _front_end(doc: dict[str, Any], ctx: CompileContext) -> tuple[Program | None, list[Problem]]:
    # a front end is loaded with the first definition of its kind
    if ctx.dialect == "v08" or ctx.dialect == "v09" or ctx.dialect == "cwm":
        from weft.dsl.v08 import compile_states

        return compile_states(doc, ctx.dialect, ctx)
    if ctx.dialect == "v10":
        from weft.dsl.v10 import compile_tasks

        return compile_tasks(doc, ctx)
    from weft.dsl.graph import compile_list

    return compile_list(doc, ctx.dialect, ctx)


def _distinct(structure: list[Problem], semantics: list[Problem]) -> list[Problem]:
    """Both stages' problems: what the schema said already is not said again, and nothing is said twice."""
    told = {(problem.code, problem.pointer) for problem in structure}
    found = list(structure)
    said: set[tuple[str, str, str]] = set()
    for problem in semantics:
        what = (problem.code, problem.pointer, problem.message)
        if (problem.code, problem.pointer) not in told and what not in said:
            said.add(what)
            found.append(problem)
    return found


def _moved(problem: Problem, pointer: str) -> Problem:
    return problem if pointer == problem.pointer else msgspec.structs.replace(problem, pointer=pointer)


def _finished(problems: list[Problem], locate: Locate) -> list[Problem]:
    """With lines, in order."""
    placed: list[Problem] = []
    for problem in problems:
        line, column = (problem.line, problem.column) if problem.line else locate(problem.pointer)
        placed.append(msgspec.structs.replace(problem, line=line, column=column) if line else problem)
    return ordered(placed)
