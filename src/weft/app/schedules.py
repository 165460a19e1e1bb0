"""Schedules and the scheduler of this server."""

from __future__ import annotations

from dataclasses import dataclass

from weft.app.definitions import DefinitionParts
from weft.engines.embedded.scheduler import Scheduler
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.services.access_rights import rights_now
from weft.services.jobs import JobService
from weft.services.schedule_firing import ScheduleFiring
from weft.services.schedule_secrets import ScheduleSecrets
from weft.services.schedules import Schedules
from weft.store.schedules import Times


@dataclass(frozen=True)
class ScheduleParts:
    """The use cases, and the loop that starts what is due."""

    schedules: Schedules
    scheduler: Scheduler


def build_schedules(store: Store, clock: Clock, ids: Ids, made: DefinitionParts, jobs: JobService) -> ScheduleParts:
    """Make them; nothing is started. Schedules go with their definition, whoever removes it."""
    schedules = Schedules(store, clock, ids, ScheduleSecrets(made.inline))
    made.listed.removing.append(schedules.forget_all)
    made.workflows.removing.append(schedules.forget_all)
    firing = ScheduleFiring(store, clock, Times(), schedules, jobs, rights_now(clock))
    return ScheduleParts(schedules, Scheduler(firing, clock))
