"""Makes the connectors: the tasks that the server carries out itself, with their records and limits."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from weft.app.settings import Settings
from weft.connectors.runner import ConnectorRunner
from weft.connectors.script_process import CannotRun, can_isolate
from weft.connectors.surroundings import ScriptSettings, Surroundings
from weft.ports.blobs import VALUE_LIMIT
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.tasks import TaskSource
from weft.services.connectors import ADAPTER, QUEUE, ConnectorRecords
from weft.services.conversations import Conversations
from weft.services.job_tasks import JobTasks
from weft.services.payloads import Payloads, PayloadWriter
from weft.services.secrets import Secrets
from weft.store.conversations import OrphanedConversations
from weft.store.payloads import SqlPayloads
from weft.store.sqlite import SqliteStore
from weft_adapter.egress import EgressPolicy


def script_settings(settings: Settings) -> ScriptSettings:
    """What the operator says of scripts. No script sees the data folder."""
    return ScriptSettings(
        enabled=settings.scripts_enabled,
        inline=settings.scripts_inline,
        folder=Path(settings.scripts_dir) if settings.scripts_dir else None,
        network=settings.scripts_network,
        memory_bytes=settings.scripts_memory,
        hidden=settings.data_dir.resolve(),
    )


def build_connectors(
    settings: Settings,
    store: SqliteStore,
    source: TaskSource,
    secrets: Secrets,
    policy: EgressPolicy,
    clock: Clock,
    ids: Ids,
) -> ConnectorRunner:
    """The runner, not yet opened."""
    records = ConnectorRecords(
        store,
        secrets,
        PayloadWriter(store, SqlPayloads(store.ciphers)),
        Conversations(store, OrphanedConversations(), clock),
    )
    around = Surroundings(
        records,
        policy,
        clock,
        ids,
        scripts=script_settings(settings),
        max_payload=min(settings.connectors_max_payload, VALUE_LIMIT),
    )
    return ConnectorRunner(
        source, around, queue=QUEUE, adapter=ADAPTER, max_in_flight=settings.connectors_max_in_flight
    )


def build_payloads(store: SqliteStore, tasks: JobTasks) -> Payloads:
    """Stored results, for dialects."""
    return Payloads(store, SqlPayloads(store.ciphers), lambda job, task_id: tasks.record(job, task_id).output)


async def check_scripts(settings: Settings, log: Any) -> None:
    """Say at the start whether scripts can be cut off from the network on this machine."""
    if not settings.scripts_enabled:
        return
    if settings.scripts_network:
        log.warning("scripts reach the network: scripts.network is on")
        return
    try:
        await asyncio.wait_for(can_isolate(), 10)
    except (CannotRun, TimeoutError) as error:
        log.error(
            "scripts cannot be cut off from the network here and will fail: set scripts.network to let them reach it",
            reason=str(error),
            platform=sys.platform,
        )
