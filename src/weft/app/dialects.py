"""The dialects over the running services."""

from __future__ import annotations

from weft.api.cwm import dialect as cwm
from weft.api.cwm.jobs import JobEndpoints, operations
from weft.api.cwm.words import LONG, SHORT
from weft.app.running import Running
from weft.app.settings import Settings
from weft.web.operations import Dialect


def cwm_dialect(settings: Settings, running: Running) -> Dialect:
    """Crosswork Workflow Manager, both generations."""
    words = {
        "v1": LONG if settings.cwm_v1_enum_text == "long" else SHORT,
        "v2": LONG if settings.cwm_v2_enum_text == "long" else SHORT,
    }
    jobs = JobEndpoints(running.jobs, words=words, long_poll_limit_s=settings.cwm_long_poll_limit)
    services = cwm.CwmServices(
        workflows=running.workflows,
        transfer=running.transfer,
        resources=running.resources,
        resource_types=running.resource_types,
        secrets=running.secrets,
        secret_types=running.secret_types,
        adapters=running.adapters,
        workers=running.workers,
        worker_profiles=running.profiles,
        event_types=running.event_types,
        events=running.events,
        system_functions=running.functions,
        empty_as_204=settings.cwm_empty_as_204,
    )
    return cwm.dialect(services, operations(jobs))
