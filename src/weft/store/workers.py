"""Tables of workers and worker profiles."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.workers import Worker, WorkerProfile
from weft.store.collections import record_table, register

workers = record_table("workers", Column("name", Text), Column("profile", Text, nullable=False), key="name")
register(Worker, workers, key="name")

worker_profiles = record_table("worker_profiles", Column("name", Text), key="name")
register(WorkerProfile, worker_profiles, key="name")
