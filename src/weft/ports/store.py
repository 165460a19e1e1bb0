"""The store: one writer, units of work, collections of records.

Contract
- `write(work)` hands `work(tx)` to the one committer. It runs inside the next group commit, in its own savepoint:
  when it raises, only its own effects are undone and the exception reaches the caller; when it returns, the awaited
  result is given back after the commit is durable, never before. `work` must be quick, must not await, and must not
  touch anything but `tx` and its own arguments, for it may run on the committer's thread and may be run again after
  a failed group commit.
- `read(work)` runs `work(tx)` on a snapshot of the last commit, off the event loop; writing there is a mistake.
- `tx.after_commit(call)` registers a call that is made on the event loop once the commit is durable.
- Records are msgspec Structs. A Collection's key is unique within a tenant.
- A full queue raises `weft.domain.errors.Busy`; a store that cannot write raises `Unavailable`; nothing is half-written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)


class Collection(Protocol[R]):
    """Records of one noun. `equals` names columns that the noun's table indexes (see the noun's store module)."""

    def get(self, key: str, *, tenant: str = ...) -> R | None: ...

    def find(self, *, tenant: str = ..., order: Sequence[str] = (), **equals: Any) -> list[R]: ...

    def insert(self, record: R) -> None:
        """Raises `Conflict` when the key (or another unique column) is taken."""
        ...

    def put(self, record: R) -> None:
        """Insert or replace by key."""
        ...

    def delete(self, key: str, *, tenant: str = ...) -> bool: ...


class Tx(Protocol):
    """One unit of work. Every noun's Collection is reached by `of(RecordType)`; jobs and runs have their own ports."""

    def of(self, record: type[R]) -> Collection[R]: ...

    def after_commit(self, call: Callable[[], None]) -> None: ...


class Store(Protocol):
    async def read(self, work: Callable[[Tx], T]) -> T: ...

    async def write(self, work: Callable[[Tx], T]) -> T: ...
