"""The graph of a definition or of a job's revision, as this dialect shows it; revisions never change, so it is kept."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from weft.api.workflow_execution.definition_shapes import LANGUAGE, Graph, graph_of_document, graph_of_sequence
from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.domain.workflows import REVISIONS, Revision, Workflow
from weft.ports.store import Store, Tx
from weft.services.outlines import outline
from weft.services.programs import Programs

MOST_TEXT: Final = 16 * 1024 * 1024
"""Characters of definitions whose graphs are kept."""


class Graphs:
    """Looks graphs up. Secret values are masked in what is stored, so nothing here can show one."""

    def __init__(self, store: Store, programs: Programs) -> None:
        self._store = store
        self._programs = programs
        self._kept: dict[tuple[str, str], tuple[Graph, int]] = {}
        self._size = 0

    def of_workflow(self, workflow: Workflow) -> Graph:
        """The graph of a definition's present revision."""
        return self._store.read_now(lambda tx: self.within(tx, workflow.id, workflow.revision))

    def of_job(self, job: Job) -> Graph:
        """The graph of the revision that a job runs on."""
        known = self._kept.get((job.workflow_id, job.revision))
        if known is not None:
            return known[0]
        return self._store.read_now(lambda tx: self.within(tx, job.workflow_id, job.revision))

    def within(self, tx: Tx, workflow_id: str, digest: str) -> Graph:
        """The graph of a revision, inside a transaction. Raises NotFound for a revision that is not stored."""
        key = (workflow_id, digest)
        known = self._kept.get(key)
        if known is not None:
            return known[0]
        revision = tx.of(Revision).get(digest, tenant=REVISIONS)
        if revision is None:
            raise NotFound(f"no stored definition has revision {digest}")
        found = self._made(tx, workflow_id, revision)
        self._kept[key] = (found, len(revision.text))
        self._size += len(revision.text)
        while self._size > MOST_TEXT:
            self._size -= self._kept.pop(next(iter(self._kept)))[1]
        return found

    def _made(self, tx: Tx, workflow_id: str, revision: Revision) -> Graph:
        if revision.dialect == LANGUAGE:
            document: dict[str, Any] = msgspec.json.decode(revision.text)
            return graph_of_document(document)
        nodes = outline(self._programs.get(tx, revision.digest))
        return graph_of_sequence(workflow_id, [(node.position, node.name) for node in nodes])
