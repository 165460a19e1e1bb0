"""Tables of workflow definitions and their revisions."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.workflows import Revision, Workflow
from weft.store.collections import record_table, register

workflows = record_table(
    "workflows",
    Column("id", Text),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("definition_id", Text, nullable=False),
    key="id",
)
Index("ix_workflows_definition_id", workflows.c.tenant, workflows.c.definition_id)
register(Workflow, workflows, key="id", unique=[("name", "version")])

revisions = record_table("revisions", Column("digest", Text), key="digest")
register(Revision, revisions, key="digest")
