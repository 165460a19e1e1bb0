"""Runs in memory: a cell per hot run, a bounded cache of them, and the inputs that wait for a turn."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator

from weft.domain.jobs import Job
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import AnyInput
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import RunState
from weft.engines.embedded.listed import listed
from weft.ports.engine import ResolvedActivity, Task
from weft.ports.runs import ItemKind, OpenItem


class Cell:
    """A run in memory, as the open transaction has it. Never trusted after an undone transaction: it is dropped.

    `open` tells the kind of every open item by ref, `small` holds those that lie together in one row;
    `stored` whether the job\'s row exists already; `log_bytes` and `snapshot_seq` count since the last snapshot,
    and `snapshot_size` is the bytes of that one (0: not written by this cell). `listed`: it keeps facts of its tasks;
    `told` are the activities of which it knows that they were taken.
    """

    __slots__ = (
        "faults", "job", "key", "listed", "log_bytes", "open", "program", "resolved", "seq", "small", "small_changed",
        "snapshot_seq", "snapshot_size", "state", "stored", "subscribed", "told",
    )  # fmt: skip

    def __init__(self, key: int, job: Job, program: Program, state: RunState | None, seq: int) -> None:
        self.key = key
        self.job = job
        self.program = program
        self.listed = listed(program)
        self.state = state
        self.seq = seq
        self.snapshot_seq = seq
        self.log_bytes = 0
        self.snapshot_size = 0
        self.open: dict[str, ItemKind] = {}
        self.small: dict[str, OpenItem] = {}
        self.small_changed = False
        self.subscribed: set[str] = set()
        self.resolved: dict[str, ResolvedActivity] = {}
        self.faults: dict[str, Fault] = {}
        self.stored = True
        self.told: set[str] = set()


class Residents:
    """The cells, least recently used first."""

    __slots__ = ("_cells", "_keys", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._cells: OrderedDict[int, Cell] = OrderedDict()
        self._keys: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def get(self, key: int) -> Cell | None:
        cell = self._cells.get(key)
        if cell is not None:
            self._cells.move_to_end(key)
        return cell

    def peek(self, key: int) -> Cell | None:
        return self._cells.get(key)

    def key_of(self, run: str) -> int | None:
        return self._keys.get(run)

    def add(self, cell: Cell) -> None:
        self._cells[cell.key] = cell
        self._keys[cell.job.run] = cell.key

    def drop(self, key: int) -> None:
        cell = self._cells.pop(key, None)
        if cell is not None:
            self._keys.pop(cell.job.run, None)

    @property
    def crowded(self) -> bool:
        return len(self._cells) > self.limit

    def oldest(self) -> Iterator[Cell]:
        """From the least recently used on; the caller may drop while it goes."""
        return iter(list(self._cells.values())[: max(0, len(self._cells) - self.limit * 9 // 10)])


class Waiting:
    """Inputs in memory that wait for a turn, by run. All of them can be made again from the stored items.

    An entry is an input, or a task of the engine's own queue, which becomes one when it is carried out.
    """

    __slots__ = ("_by_run", "_ready", "count")

    def __init__(self) -> None:
        self._by_run: dict[int, deque[AnyInput | Task]] = {}
        self._ready: deque[int] = deque()
        self.count = 0

    def __bool__(self) -> bool:
        return bool(self._ready)

    def __len__(self) -> int:
        return len(self._ready)

    def put(self, key: int, entry: AnyInput | Task) -> None:
        entries = self._by_run.get(key)
        if entries is None:
            self._by_run[key] = deque((entry,))
            self._ready.append(key)
        else:
            entries.append(entry)
        self.count += 1

    def nudge(self, key: int) -> None:
        """Give the run a turn although nothing waits in memory: its stored inbox has something."""
        if key not in self._by_run:
            self._by_run[key] = deque()
            self._ready.append(key)

    def next_runs(self, limit: int) -> list[int]:
        ready = self._ready
        return [ready.popleft() for _ in range(min(limit, len(ready)))]

    def again(self, keys: Iterable[int]) -> None:
        """These came out of `next_runs` and were not taken: they are ready still. One too many finds nothing."""
        self._ready.extend(key for key in keys if key in self._by_run)

    def take_all(self, key: int) -> list[AnyInput | Task]:
        """Everything that waits for a run."""
        entries = self._by_run.pop(key, ())
        self.count -= len(entries)
        return list(entries)

    def take(self, key: int, limit: int) -> list[AnyInput | Task]:
        """Up to `limit` entries of a run; if more are left, the run is ready again, behind the others."""
        entries = self._by_run.get(key)
        if entries is None:
            return []
        if len(entries) <= limit:
            del self._by_run[key]
            taken = list(entries)
        else:
            taken = [entries.popleft() for _ in range(limit)]
            self._ready.append(key)
        self.count -= len(taken)
        return taken

    def give_back(self, key: int, taken: list[AnyInput | Task]) -> None:
        """Undo `take`: in front of what has come since."""
        entries = self._by_run.get(key)
        if entries is None:
            self._by_run[key] = deque(taken)
            self._ready.append(key)
        else:
            entries.extendleft(reversed(taken))
        self.count += len(taken)

    def forget(self, key: int) -> None:
        """Drop what waits for a run; a place in the ready list is left, and finds nothing."""
        entries = self._by_run.pop(key, None)
        if entries:
            self.count -= len(entries)
