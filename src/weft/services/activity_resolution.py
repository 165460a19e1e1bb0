"""From the name of an activity in a definition to the activity, its adapter and the task queue.

`@latest` is the deployed version marked as default, else the highest deployed one; an exact version must be deployed,
but any version of a built-in adapter is served by the built-in one. The queue is the worker that the definition names;
without one it is the worker named like the adapter, else the first worker by name that lists the activity, else the
queue named like the adapter, where the job waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from weft.domain.adapters import LATEST, SYSTEM_ADAPTER, SYSTEM_FUNCTIONS, Activity, Adapter, read_ref
from weft.domain.adapters import choose as choose_adapter
from weft.domain.tenancy import SERVER_WIDE
from weft.domain.workers import DEFAULT_WORKER, Worker
from weft.dsl.machine.faults import Fault, fault
from weft.ports.engine import ResolvedActivity
from weft.ports.store import Tx

_SYSTEM_FAMILY = ("system", "function")
_KEPT_ANSWERS = 4_096


class Catalogue:
    """What is deployed and which workers there are, for looking up quickly."""

    def __init__(self, adapters: Iterable[Adapter], workers: Iterable[Worker]) -> None:
        self._families: dict[tuple[str, str], list[Adapter]] = {}
        self._activities: dict[str, dict[str, Activity]] = {}
        for adapter in adapters:
            self._families.setdefault((adapter.vendor, adapter.product), []).append(adapter)
            if adapter.deployed:
                self._activities[adapter.id] = {activity.id: activity for activity in adapter.activities}
        self.workers: dict[str, Worker] = {worker.name: worker for worker in sorted(workers, key=lambda w: w.name)}
        self._system = {activity.id: activity for activity in SYSTEM_FUNCTIONS}
        self._answers: dict[tuple[str, str], ResolvedActivity | Fault] = {}

    def adapter(self, text: str) -> Adapter | None:
        """The deployed adapter that serves an adapter id, feature or activity id."""
        ref = read_ref(text)
        return None if ref is None else choose_adapter(ref, self._families.get(ref.family, ()))

    def resolve(self, operation: str, worker_hint: str = "") -> ResolvedActivity | Fault:
        """See the module. A Fault has code ADAPTER_NOT_FOUND and is not retryable."""
        answer = self._answers.get((operation, worker_hint))
        if answer is None:
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.clear()
            answer = self._answers[operation, worker_hint] = self._resolved(operation, worker_hint)
        return answer

    def resolve_folded(self, operation: str, worker_hint: str = "") -> ResolvedActivity | Fault:
        """As `resolve`; a name that is none as written is matched without regard to case."""
        found = self.resolve(operation, worker_hint)
        if not isinstance(found, Fault):
            return found
        spelled = self._spelled(operation)
        return found if spelled == operation else self.resolve(spelled, worker_hint)

    def _spelled(self, operation: str) -> str:
        """An activity's name in the spelling of its adapter, as given where there is none."""
        lowered = operation.lower()
        ref = read_ref(lowered)
        if ref is None or not ref.name:
            return operation
        for family, adapters in self._families.items():
            if (family[0].lower(), family[1].lower()) != ref.family:
                continue
            for adapter in adapters:
                for activity in self._activities.get(adapter.id, {}).values():
                    if (activity.feature.lower(), activity.name.lower()) == (ref.feature, ref.name):
                        return f"{family[0]}.{family[1]}.{ref.version}.{activity.feature}.{activity.name}"
        if ref.family == _SYSTEM_FAMILY:
            for activity in SYSTEM_FUNCTIONS:
                if (activity.feature.lower(), activity.name.lower()) == (ref.feature, ref.name):
                    return f"system.function.{ref.version}.{activity.feature}.{activity.name}"
        return operation

    def _resolved(self, operation: str, worker_hint: str) -> ResolvedActivity | Fault:
        ref = read_ref(operation)
        if ref is None or not ref.name:
            return _missing(f"{operation[:200]!r} is no activity id")
        if ref.family == _SYSTEM_FAMILY:
            activity = self._system.get(f"{SYSTEM_ADAPTER}.{ref.feature}.{ref.name}")
            if activity is None:
                return _missing(f"system function {operation[:200]} does not exist")
            return ResolvedActivity(DEFAULT_WORKER, activity.id, SYSTEM_ADAPTER, idempotent=True)
        adapter = choose_adapter(ref, self._families.get(ref.family, ()))
        if adapter is None:
            return _missing(f"no deployed adapter serves {operation[:200]}")
        activity = self._activities[adapter.id].get(f"{adapter.id}.{ref.feature}.{ref.name}")
        if activity is None:
            return _missing(f"adapter {adapter.id} has no activity {ref.feature}.{ref.name}")
        return ResolvedActivity(self._queue(activity, worker_hint), activity.id, adapter.id, activity.idempotent)

    def _queue(self, activity: Activity, hint: str) -> str:
        workers = self.workers
        if hint:
            if hint in workers or hint == DEFAULT_WORKER:
                return hint
            ref = read_ref(hint)
            if ref is not None and not ref.feature:
                adapter = choose_adapter(ref, self._families.get(ref.family, ()))
                if adapter is not None and (adapter.builtin or ref.version == LATEST):
                    return adapter.id
            return hint
        if activity.adapter in workers:
            return activity.adapter
        for name, worker in workers.items():
            if any(activity.id in self.listed(item) for item in worker.items):
                return name
        return activity.adapter

    def listed(self, item: str) -> Sequence[str]:
        """The activity ids that a worker's item stands for now; nothing for what is not deployed."""
        ref = read_ref(item)
        adapter = None if ref is None else choose_adapter(ref, self._families.get(ref.family, ()))
        if ref is None or adapter is None or (ref.version not in (LATEST, adapter.version)):
            return ()
        activities: Mapping[str, Activity] = self._activities[adapter.id]
        return [
            activity.id
            for activity in activities.values()
            if (not ref.feature or activity.feature == ref.feature) and (not ref.name or activity.name == ref.name)
        ]

    def activity(self, activity_id: str) -> Activity | None:
        """By its full id."""
        ref = read_ref(activity_id)
        return None if ref is None else self._activities.get(ref.adapter, {}).get(activity_id)


class ActivityResolution:
    """The catalogue of the store, kept in memory until adapters or workers change."""

    def __init__(self) -> None:
        self._kept: Catalogue | None = None

    def changed(self, tx: Tx) -> None:
        """To be called by whoever writes adapters or workers, in the same unit of work."""
        self._kept = None
        tx.after_commit(self._forget)
        tx.on_rollback(self._forget)

    def _forget(self) -> None:
        self._kept = None

    def resolve(
        self, tx: Tx, operation: str, worker_hint: str = "", *, folded: bool = False
    ) -> ResolvedActivity | Fault:
        """For the engine, in its own transaction. `folded`: the case of the name does not matter. See the module."""
        kept = self._kept
        if kept is None:
            kept = self._kept = self.catalogue(tx)
        return kept.resolve_folded(operation, worker_hint) if folded else kept.resolve(operation, worker_hint)

    def catalogue(self, tx: Tx) -> Catalogue:
        """The catalogue as this transaction sees it."""
        return Catalogue(tx.of(Adapter).find(tenant=SERVER_WIDE), tx.of(Worker).find(tenant=SERVER_WIDE))


def _missing(detail: str) -> Fault:
    return fault("configuration", detail, code="ADAPTER_NOT_FOUND", status=404, retryable=False)
