"""Which definition a running job starts: by name, by id, by number of a save, or one that it brings along itself.

A task list or graph finds only definitions of its own namespace; what it brings along is checked and kept like a save.
Other languages find by name, their own namespace first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from weft.domain.access import uuid_of
from weft.domain.jobs import Job
from weft.domain.workflows import Revision, Workflow, WorkflowSave, revision_digest
from weft.dsl.document.context import CompileOptions
from weft.dsl.expr.sealed import contains_sealed
from weft.dsl.graph.concealed import take_out
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.nodes.task_calls import BY_ID, INLINE
from weft.dsl.problems import errors_of
from weft.ports.store import Tx
from weft.services.definitions import json_text
from weft.services.programs import SAVED, Programs, compile_source
from weft.services.workflows import Workflows, find_by_id, store_revision

MAX_INLINE = 256 * 1024
"""Characters of a definition that a run brings along, as JSON."""
MAX_PROBLEMS = 20

OptionsOf = Callable[[Tx, str], CompileOptions]
"""(tx, tenant) -> what compiles in that tenant now."""


class ChildDefinitions:
    """Finds the definition of a child. A Fault is never retryable."""

    def __init__(self, workflows: Workflows, programs: Programs, options: OptionsOf | None = None) -> None:
        self._workflows = workflows
        self._programs = programs
        self.options: OptionsOf = options or (lambda _tx, _tenant: SAVED)

    def find(self, tx: Tx, parent: Job, wanted: Identity, given: Any, now: int, *, listed: bool) -> Workflow | Fault:
        """`listed`: the parent is a task list or graph; `given` what it passes on, `now` in ms."""
        if wanted.namespace == INLINE:
            return self._brought(tx, parent, given, now)
        scope = parent.namespace
        if wanted.namespace == BY_ID:
            found = find_by_id(tx, parent.tenant, wanted.name.lower(), scope) or find_by_id(
                tx, parent.tenant, wanted.name, scope
            )
            return self._save(tx, found, wanted)
        if not listed:
            found = self._workflows.find_child(tx, parent.tenant, wanted.name, wanted.version, scope)
            return missing(wanted) if found is None else found
        found = self._workflows.find_in(tx, parent.tenant, wanted.name, "", scope)
        if found is not None and not found.numbered:
            found = self._workflows.find_in(tx, parent.tenant, wanted.name, wanted.version, scope)
        return self._save(tx, found, wanted)

    def _save(self, tx: Tx, found: Workflow | None, wanted: Identity) -> Workflow | Fault:
        """The definition as it was at the save that is asked for."""
        if found is None:
            return missing(wanted)
        if not wanted.version or wanted.version == found.version:
            return found
        number = wanted.version.partition(".")[0]
        if not found.numbered or not number.isdecimal() or len(number) > 9:
            return missing(wanted)
        save = tx.of(WorkflowSave).get(f"{found.id}/{int(number)}", tenant=found.tenant)
        if save is None:
            return missing(wanted)
        version = f"{save.number}.0.0"
        return msgspec.structs.replace(found, version=version, number=save.number, revision=save.revision)

    def _brought(self, tx: Tx, parent: Job, given: Any, now: int) -> Workflow | Fault:
        document = cast("dict[str, Any]", given).get("definition") if isinstance(given, dict) else None
        if not isinstance(document, dict):
            return invalid("the definition of a sub-workflow is no object")
        if contains_sealed(document) or take_out(document, origins=False)[1]:
            return invalid("a definition that a run brings along holds no secret values: name a secret instead")
        text = json_text(document)
        if len(text) > MAX_INLINE:
            return invalid(f"a definition that a run brings along has at most {MAX_INLINE} characters")
        options = self.options(tx, parent.tenant)
        compiled = compile_source(cast("dict[str, Any]", document), parent.dialect, options)
        problems = errors_of(compiled.problems)
        program = compiled.program
        if program is None or problems or compiled.dialect != parent.dialect:
            texts = "; ".join(problem.text() for problem in problems[:MAX_PROBLEMS])
            return invalid(f"the definition is invalid: {texts or 'it is written in another language'}")
        digest = revision_digest(parent.dialect, text)
        store_revision(tx, Revision(digest=digest, text=text, dialect=parent.dialect, created_at=now))
        self._programs.put(digest, program)
        return Workflow(
            id=uuid_of(f"inline\n{parent.tenant}\n{digest}"),
            name=program.identity.name,
            version=program.identity.version,
            revision=digest,
            definition=text,
            created_at=now,
            updated_at=now,
            namespace=parent.namespace,
            dialect=parent.dialect,
            tenant=parent.tenant,
        )


def missing(wanted: Identity) -> Fault:
    """No such definition where the run may look."""
    text = f"no definition {wanted.name[:255]} {wanted.version[:50]}".rstrip()
    return fault("configuration", text, code="WORKFLOW_NOT_FOUND", retryable=False)


def invalid(detail: str) -> Fault:
    """What the run brings along is no definition."""
    return fault("validation", detail[:2048], code="INVALID_DEFINITION", retryable=False)
