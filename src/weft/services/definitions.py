"""Reading a definition that somebody wants to store: text or value in, a checked Draft out. No store, no time."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from weft.domain.errors import Invalid
from weft.domain.names import check_name
from weft.domain.workflows import ChildRef, child_refs, member, revision_digest
from weft.dsl.machine.program import Program
from weft.dsl.problems import Problem, errors_of
from weft.services.programs import compile_source

MAX_TAGS = 50
MAX_TEXT = 255


class Definition(msgspec.Struct):
    """What a caller sends. `source` is JSON or YAML text, or the value itself; `hint` names the language expected."""

    source: Any
    tags: tuple[str, ...] = ()
    form: str = ""
    folder: str = ""
    hint: str | None = None
    id: str = ""
    """A known id, kept by an import where it is free; empty makes a new one."""


class Draft(msgspec.Struct):
    """A definition that compiles. `text` is its JSON, key order kept; `document` its value."""

    name: str
    version: str
    namespace: str
    description: str
    definition_id: str
    dialect: str
    text: str
    digest: str
    document: Any
    program: Program
    children: list[ChildRef]
    warnings: list[Problem]
    given: Definition


def read_definition(given: Definition) -> Draft:
    """Compile and take out what is listed. Raises Invalid with every problem as `<pointer>: <message>`."""
    check_labels(given.tags, given.folder)
    source: Any = given.source
    if isinstance(source, bytes):
        source = _decoded(source)
    if not isinstance(source, (str, dict)) or not source:
        raise Invalid("definition must be an object, or JSON or YAML text")
    compiled = compile_source(source, given.hint)
    errors = errors_of(compiled.problems)
    program, dialect = compiled.program, compiled.dialect
    if errors or program is None or dialect is None:
        raise Invalid("workflow definition invalid", [problem.text() for problem in errors])
    document: Any = source if isinstance(source, dict) else compiled.document
    identity = program.identity
    check_name("workflow name", identity.name)
    check_name("workflow version", identity.version)
    text = json_text(document)
    return Draft(
        name=identity.name,
        version=identity.version,
        namespace=identity.namespace,
        description=_description(document),
        definition_id=_definition_id(document),
        dialect=dialect,
        text=text,
        digest=revision_digest(dialect, text),
        document=document,
        program=program,
        children=child_refs(document),
        warnings=[problem for problem in compiled.problems if problem.severity == "warning"],
        given=given,
    )


def json_text(value: Any) -> str:
    """Compact JSON with keys in their order; whole numbers of any size."""
    try:
        return msgspec.json.encode(value).decode()
    except OverflowError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def check_labels(tags: tuple[str, ...], folder: str) -> None:
    """At most 50 tags of 1 to 255 characters, and a folder label of at most 255. Raises Invalid."""
    if len(tags) > MAX_TAGS:
        raise Invalid(f"more than {MAX_TAGS} tags")
    if any(not tag or len(tag) > MAX_TEXT for tag in tags):
        raise Invalid(f"a tag has 1 to {MAX_TEXT} characters")
    if len(folder) > MAX_TEXT:
        raise Invalid(f"path is longer than {MAX_TEXT} characters")


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Invalid("the definition is not UTF-8") from None


def _description(document: Any) -> str:
    for holder, name in ((document, "description"), (member(document, "document"), "summary")):
        text = member(holder, name)
        if isinstance(text, str):
            return text
    return ""


def _definition_id(document: Any) -> str:
    text = member(document, "id")
    return text if isinstance(text, str) else ""
