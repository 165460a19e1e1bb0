"""Bytes that a run keeps: encrypted, content-addressed, removed with the run.

Contract: both are called inside a unit of work. What was put for any run of a job is found by that job's id, and by no
other job's.
"""

from __future__ import annotations

from typing import Protocol

from weft.ports.store import Tx


class PayloadFiles(Protocol):
    """See the module."""

    def put(self, tx: Tx, run: int, tenant: str, data: bytes) -> str:
        """Keep `data` for the run with that key; its SHA-256 in hex. Raises TooLarge."""
        ...

    def get(self, tx: Tx, tenant: str, job_id: str, digest: str) -> bytes | None:
        """The bytes with that digest, if a run of the job keeps them. Raises Unavailable when they cannot be opened."""
        ...


class ConversationRows(Protocol):
    """Clean-up of the conversations of jobs that are gone."""

    def sweep(self, tx: Tx, limit: int) -> int:
        """Remove up to `limit` conversations whose job has no row any more; how many were removed."""
        ...
