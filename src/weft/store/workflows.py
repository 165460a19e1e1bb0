"""Tables of workflow definitions, their revisions, and the secret values that were taken out of them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.workflows import Revision, SealedValues, Workflow, WorkflowSave
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
Index("ix_workflows_name", workflows.c.tenant, workflows.c.name, workflows.c.version)
register(Workflow, workflows, key="id")

revisions = record_table("revisions", Column("digest", Text), key="digest")
register(Revision, revisions, key="digest")

workflow_saves = record_table(
    "workflow_saves", Column("id", Text), Column("workflow_id", Text, nullable=False), key="id"
)
Index("ix_workflow_saves_workflow", workflow_saves.c.tenant, workflow_saves.c.workflow_id)
register(WorkflowSave, workflow_saves, key="id")

sealed_values = record_table("sealed_values", Column("id", Text), key="id")
register(SealedValues, sealed_values, key="id")
