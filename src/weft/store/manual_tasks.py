"""The table of open manual tasks; a row goes when its task is answered or closed."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.manual_tasks import ManualTask
from weft.store.collections import record_table, register

manual_tasks = record_table(
    "manual_tasks",
    Column("id", Text),
    Column("job", Text, nullable=False),
    Column("run", Text, nullable=False),
    key="id",
)
Index("ix_manual_tasks_job", manual_tasks.c.tenant, manual_tasks.c.job)
register(ManualTask, manual_tasks, key="id")
