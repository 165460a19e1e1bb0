"""The store: one writer, units of work, collections of records.

Contract
- `write(work)` hands `work(tx)` to the one committer. It runs inside the next group commit, in its own savepoint:
  when it raises, only its own effects are undone and the exception reaches the caller; when it returns, the awaited
  result is given back after the commit is durable, never before. `work` must be quick, must not await, and must not
  touch anything but `tx` and its own arguments, for it may run on the committer's thread and may be run again after
  a failed group commit.
- `read(work)` runs `work(tx)` on a snapshot of the last commit, off the event loop; writing there is a mistake.
- `read_now(work)` does the same at once on the calling thread (the event loop's): for quick look-ups by index.
- `tx.after_commit(call)` registers a call that is made on the event loop once the commit is durable.
- `tx.on_rollback(call)` registers a call that is made when the unit's effects are undone, last registered first:
  for whoever keeps a picture of the rows in memory.
- `attach(source)`: a source of further work for each group commit, beside the units (an engine's turns).
- Records are msgspec Structs. A Collection's key is unique within a tenant.
- A full queue raises `weft.domain.errors.Busy`; a store that cannot write raises `Unavailable`; nothing is
  half-written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from weft.domain.errors import Unavailable
from weft.ports.runs import Jobs, Runs

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
    """One unit of work. Every noun's Collection is reached by `of(RecordType)`; jobs and runs by ports of their own."""

    def of(self, record: type[R]) -> Collection[R]: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def runs(self) -> Runs: ...

    def after_commit(self, call: Callable[[], None]) -> None: ...

    def on_rollback(self, call: Callable[[], None]) -> None: ...


Also = Callable[[Tx, T], None]
"""Called inside the transaction of a use case with its result, just before it ends: what must be stored with it."""


class Lost(Unavailable):
    """The whole group commit is undone, not only the unit that met it: let it through, never carry on."""


class WorkSource(Protocol):
    """Work that is ready without anyone awaiting it; asked in every group commit, after the units of work."""

    def ready(self) -> bool: ...

    def fill(self, tx: Tx, until: float) -> int:
        """Do ready work inside the open transaction until the monotonic time `until`; how many pieces were done.

        Each piece that must be able to fail alone is wrapped by the source in `Store.piece`.
        """
        ...

    def undone(self, error: BaseException) -> None:
        """The group commit failed, everything since its begin is undone (after the rollback calls were made)."""
        ...


class Store(Protocol):
    async def read(self, work: Callable[[Tx], T]) -> T: ...

    async def write(self, work: Callable[[Tx], T]) -> T: ...

    def read_now(self, work: Callable[[Tx], T]) -> T: ...

    def attach(self, source: WorkSource) -> Callable[[], None]:
        """Returns the call that detaches it."""
        ...

    def wake(self) -> None:
        """A source has work: begin a group commit when the running one is done."""
        ...

    def piece(self, tx: Tx, work: Callable[[Tx], T]) -> T:
        """Run `work` in a savepoint inside an open transaction: when it raises, only its own effects are undone."""
        ...

    def busy(self) -> bool:
        """Whether a group commit is open or units of work are waiting."""
        ...

    async def quiet(self) -> None:
        """Returns when no group commit is under way and nothing waits for one."""
        ...
