"""The composition root: the only place that knows concrete classes.

`build` makes the parts one after the other, each by a function of its own, and pushes what ends them on the stack:
they stop in the opposite order. Nothing is started before everything it needs works.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

import weft
from weft.api import weft as administration
from weft.api.cwm import login
from weft.app.access import AccessParts, build_access, build_vault, first_administrator
from weft.app.clock import SystemClock
from weft.app.dialects import cwm_dialect, workflow_execution_dialects, workflowsvc_dialect
from weft.app.ids import SystemIds
from weft.app.readiness import Readiness
from weft.app.running import Running, build_running
from weft.app.sealing import register_sealed
from weft.app.settings import Settings
from weft.app.starting import StartError, prepare_data_dir
from weft.domain.errors import Refusal
from weft.ports.vault import SealBroken
from weft.store.sqlite import SqliteStore
from weft.vaults.cipher import BlobCipher
from weft.vaults.encrypted import EncryptedVault
from weft.vaults.master import MasterKeyError
from weft.web.asgi_app import WebApp
from weft.web.health import health_dialect
from weft.web.limits import WebLimits
from weft.web.operations import Dialect
from weft.web.pages import with_pages


@dataclass(frozen=True)
class Parts:
    """A running Weft. `notices` are lines that the operator should see once."""

    settings: Settings
    clock: SystemClock
    ids: SystemIds
    store: SqliteStore
    vault: EncryptedVault
    access: AccessParts
    running: Running
    dialects: tuple[Dialect, ...]
    web: WebApp
    notices: tuple[str, ...]
    log: Any


async def build(settings: Settings, stack: AsyncExitStack) -> Parts:
    """Make and start all parts; leaving `stack` stops them. Raises StartError with a reason for the operator."""
    log = structlog.get_logger("weft")
    try:
        return await _build(settings, stack, log)
    except (Refusal, MasterKeyError, SealBroken) as cause:
        raise StartError(str(cause)) from None
    except OSError as cause:
        raise StartError(f"the data folder {settings.data_dir} cannot be used: {cause}") from None


async def _build(settings: Settings, stack: AsyncExitStack, log: Any) -> Parts:
    clock = SystemClock()
    ids = SystemIds(clock)
    started_at = clock.now_ms()
    prepare_data_dir(settings.data_dir)
    store = await _store(settings, clock, stack)
    vault = await build_vault(settings, store, clock)
    store.use_cipher(BlobCipher(vault))
    register_sealed(vault, store)
    access = await build_access(settings, store, vault, clock, ids)
    notice = await first_administrator(settings, store, access, clock, ids)

    checks = Readiness(store, clock).checks

    def stats() -> Mapping[str, Any]:
        engine = msgspec.to_builtins(running.engine.stats())
        return {"http": {"in_flight": web.in_flight}, "store": {"commits": store.commits}, "engine": engine}

    state = administration.ServerState(version=weft.__version__, started_at=started_at, checks=checks, stats=stats)
    running = await build_running(settings, store, vault, clock, ids, stack, log)
    dialects = (
        *_dialects(settings, access, state),
        cwm_dialect(settings, running),
        workflowsvc_dialect(access, running),
        *workflow_execution_dialects(running, access, store, ids),
    )
    web = _web(settings, dialects, access, clock, ids, log, health_dialect(checks))
    return Parts(
        settings=settings,
        clock=clock,
        ids=ids,
        store=store,
        vault=vault,
        access=access,
        running=running,
        dialects=dialects,
        web=web,
        notices=(notice,) if notice else (),
        log=log,
    )


async def _store(settings: Settings, clock: SystemClock, stack: AsyncExitStack) -> SqliteStore:
    store = SqliteStore(
        settings.database_path,
        clock,
        synchronous="FULL" if settings.database_synchronous == "full" else "NORMAL",
        queue_limit=settings.database_queue,
    )
    await store.open()
    stack.push_async_callback(store.close)
    return store


def _dialects(settings: Settings, access: AccessParts, state: administration.ServerState) -> tuple[Dialect, ...]:
    return (
        administration.dialect(
            administration.WeftServices(
                users=access.users,
                roles=access.roles,
                keys=access.keys,
                tenants=access.tenants,
                namespaces=access.namespaces,
                clients=access.clients,
                rotation=access.rotation,
                state=state,
            )
        ),
        login.dialect(login.LoginServices(access.tickets, settings.cwm_query_credentials)),
    )


def _web(
    settings: Settings,
    dialects: tuple[Dialect, ...],
    access: AccessParts,
    clock: SystemClock,
    ids: SystemIds,
    log: Any,
    health: Dialect,
) -> WebApp:
    limits = WebLimits(
        max_in_flight=settings.http_max_in_flight,
        body_idle_s=settings.http_body_idle,
        trusted_proxies=settings.http_trusted_proxies,
        max_json=settings.http_max_json,
        max_form=settings.http_max_form,
        max_query=settings.http_max_query,
    )
    return WebApp(
        (*with_pages(dialects, weft.__version__), health),
        access.access,
        clock=clock,
        ids=ids,
        log=log.bind(),  # one logger for all requests: the lazy one is made anew with every line
        limits=limits,
        log_requests=settings.log_requests,
    )
