"""Lists of jobs by page number and total, as the APIs need them that count what they list. Reads only.

One row stands for one job: of a job with several runs the latest. A page and its total come from one snapshot.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from weft.domain.jobs import Job, JobStatus
from weft.ports.store import Tx

RunColumn = Literal[
    "id",
    "name",
    "workflow_id",
    "status",
    "created_at",
    "updated_at",
    "started_by",
    "updated_by",
    "label",
    "timeout",
    "timeout_policy",
]
"""What a list can be ordered by; `label`, `timeout` and `timeout_policy` are the definition's user type, time limit and
what happens at it, at the start."""


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Filters are combined with AND; an empty one takes everything. Times are UTC ms: `from` inclusive, `to` exclusive.

    `namespace` None means all namespaces of the tenant. `name` and `definition` are substrings, without regard to
    case. `workflow_id` is exact. `order` is (column, descending) pairs, each column once; the id ascending is always
    added last. Texts are ordered by code point, `started_by` and `updated_by` by the subject's id
    (`weft.domain.access.subject_id`). `ranks` says how statuses are ordered, groups of equal ones from the lowest up
    (statuses left out come last, equal); without it by their word.
    """

    namespace: str | None = None
    name: str = ""
    definition: str = ""
    workflow_id: str = ""
    statuses: tuple[JobStatus, ...] = ()
    created_from: int | None = None
    created_to: int | None = None
    order: tuple[tuple[RunColumn, bool], ...] = (("created_at", True),)
    ranks: tuple[tuple[JobStatus, ...], ...] = ()
    offset: int = 0
    limit: int = 10


class RunPage(msgspec.Struct):
    """`total` counts all matches, whatever the page."""

    jobs: list[Job]
    total: int


class RunList(Protocol):
    def page(self, tx: Tx, query: RunQuery, *, tenant: str) -> RunPage:
        """The jobs of one page, with input and output. Nulls come first when ascending, last when descending."""
        ...
