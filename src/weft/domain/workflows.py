"""Workflow definitions and their revisions.

A Workflow is what users list and change: (name, version) is unique within a namespace, `id` is made by the server. Each
saved text is a Revision, named by the digest of its content, which is never changed: runs keep the one they began with.
A definition that is kept by number has one name for all its saves: no other definition of its namespaces has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.versions import version_key

REVISIONS = ""
"""The tenant under which revisions are kept: they are content-addressed, so equal texts are one for everybody."""


class Workflow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One stored definition. Times are UTC milliseconds. `definition` is the JSON text, key order as received."""

    id: str
    name: str
    version: str
    revision: str
    definition: str
    created_at: int
    updated_at: int
    description: str = ""
    definition_id: str = ""
    """The `id` that the definition itself may carry, empty without one."""
    namespace: str = ""
    dialect: str = ""
    """The language it was compiled as."""
    tags: tuple[str, ...] = ()
    form: str = ""
    folder: str = ""
    tenant: str = DEFAULT_TENANT
    namespaces: tuple[str, ...] = ()
    """Where it is seen, as records name namespaces; empty means in `namespace` alone."""
    number: int = 1
    """The count of its saves, from 1."""
    created_by: str = ""
    updated_by: str = ""
    numbered: bool = False
    """Whether it is kept by number: its version is `<number>.0.0`, and its name stands for all its saves."""
    label: str = ""
    """The label that the definition itself carries for filtering, empty without one."""
    timeout_s: int | None = None
    timeout_policy: str | None = None
    """The run's time limit and what it does, as the definition says; None where it says nothing."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The namespaces in which it is seen."""
        return self.namespaces or (self.namespace,)


class Revision(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A definition's text for good: `digest` is made of language and text."""

    digest: str
    text: str
    created_at: int
    dialect: str = ""
    tenant: str = REVISIONS
    bundle: str = ""
    """The SealedValues with the secret values that were taken out of the text, empty without any."""
    warnings: tuple[str, ...] = ()
    """What was odd about it when it was first saved, `<pointer>: <message>` each."""


class SealedValues(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Secret values that were written into one definition or run input, kept apart from it.

    `sealed` is a JSON object sealed for (tenant, `inline/<id>`): by place (JSON Pointer) `[text, origins or null]`.
    """

    id: str
    sealed: bytes
    created_at: int
    tenant: str = DEFAULT_TENANT

    def __repr__(self) -> str:
        return f"SealedValues(id={self.id!r})"


class WorkflowSave(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which revision one save of a definition kept by number was. `id` is `<workflow id>/<number>`."""

    id: str
    workflow_id: str
    number: int
    revision: str
    saved_at: int
    saved_by: str = ""
    tenant: str = DEFAULT_TENANT


class ChildRef(msgspec.Struct, frozen=True):
    """What a definition says of a sub-flow: `version` is empty when any version will do. `pointer` is its place."""

    name: str
    version: str
    pointer: str


def revision_digest(dialect: str, text: str, bundle: str = "") -> str:
    """SHA-256 (hex) over language and text; texts whose secret values differ are different revisions."""
    kept = f"\0{bundle}" if bundle else ""
    return hashlib.sha256(f"{dialect}\0{text}{kept}".encode()).hexdigest()


def numbered_version(number: int) -> str:
    """The version of the save with that number."""
    return f"{number}.0.0"


def clash(workflows: Iterable[Workflow], candidate: Workflow) -> Workflow | None:
    """The definition whose name the candidate may not have, among those with its name; itself is none.

    Two definitions of one name may stand in one namespace if neither is kept by number and their versions differ.
    """
    scopes = set(candidate.scopes)
    for other in workflows:
        if other.id == candidate.id or other.name != candidate.name or scopes.isdisjoint(other.scopes):
            continue
        if other.numbered or candidate.numbered or other.version == candidate.version:
            return other
    return None


def workflow_order(workflow: Workflow) -> tuple[str, Any, str]:
    """Sort key of lists: by name, then version."""
    return workflow.name, version_key(workflow.version), workflow.id


def member(value: object, name: str) -> Any:
    """A member of an object, its key matched without regard to case; an exact match first, then the last one."""
    if not isinstance(value, Mapping):
        return None
    mapping = cast("Mapping[str, Any]", value)
    if name in mapping:
        return mapping[name]
    folded = name.lower()
    found: Any = None
    for key, item in mapping.items():
        if isinstance(key, str) and key.lower() == folded:  # pyright: ignore[reportUnnecessaryIsInstance]
            found = item
    return found


def child_refs(document: object) -> list[ChildRef]:
    """The sub-flows that a definition of states names, in document order; nothing for other languages.

    A sub-flow is named by text or by an object with `workflowId` and `version`; a name that holds an expression is
    only known at run time and left out.
    """
    found: list[ChildRef] = []
    for action, pointer in _actions(document):
        ref = member(action, "subFlowRef")
        if isinstance(ref, Mapping):
            name, version = member(ref, "workflowId"), member(ref, "version")
        else:
            name, version = ref, None
        if isinstance(name, str) and name and "${" not in name:
            text = "" if version is None else str(version)
            if "${" not in text:
                found.append(ChildRef(name, text, f"{pointer}/subFlowRef"))
    return found


def _actions(document: object) -> Iterator[tuple[Any, str]]:
    for index, state in enumerate(_items(document, "states")):
        base = f"/states/{index}"
        yield from _numbered(state, "actions", base)
        for one in ("action",):
            found = member(state, one)
            if found is not None:
                yield found, f"{base}/{one}"
        for group in ("branches", "onEvents"):
            for number, part in enumerate(_items(state, group)):
                yield from _numbered(part, "actions", f"{base}/{group}/{number}")


def _numbered(value: object, name: str, base: str) -> Iterator[tuple[Any, str]]:
    for index, item in enumerate(_items(value, name)):
        yield item, f"{base}/{name}/{index}"


def _items(value: object, name: str) -> list[Any]:
    found = member(value, name)
    return cast("list[Any]", found) if isinstance(found, list) else []


def input_schema(document: object) -> Any:
    """The JSON Schema that a definition asks of its input, None without one or where a violation is to be ignored.

    States languages: `dataInputSchema`, a schema or `{"schema": …, "failOnValidationErrors": true}`;
    tasks (1.0): `input.schema.document`.
    """
    given = member(document, "dataInputSchema")
    if given is None:
        return member(member(member(document, "input"), "schema"), "document")
    inner = member(given, "schema")
    if isinstance(inner, (dict, bool)):
        return None if member(given, "failOnValidationErrors") is False else inner
    return given if isinstance(given, (dict, bool)) else None
