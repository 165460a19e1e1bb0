"""The services around definitions and starts, from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import weft
from weft.app.background import keep_up
from weft.app.settings import Settings
from weft.dsl.document.context import Optional
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.ports.vault import Vault
from weft.services.activity_resolution import ActivityResolution
from weft.services.child_definitions import ChildDefinitions
from weft.services.inline_secrets import InlineSecrets
from weft.services.job_plans import Planner
from weft.services.job_starts import StartRules
from weft.services.listed_definitions import ListedDefinitions, forget_saves
from weft.services.missing_activities import missing_activities
from weft.services.programs import Programs
from weft.services.workflows import Workflows
from weft.store.run_list import SqlRunList


@dataclass(frozen=True)
class DefinitionParts:
    """What the host of the engine, the service of jobs and the dialects share."""

    workflows: Workflows
    listed: ListedDefinitions
    inline: InlineSecrets
    children: ChildDefinitions
    starts: StartRules
    planner: Planner


def build_definitions(
    settings: Settings,
    store: Store,
    vault: Vault,
    clock: Clock,
    ids: Ids,
    programs: Programs,
    resolution: ActivityResolution,
    stack: AsyncExitStack,
) -> DefinitionParts:
    """Make them. What removes old secret values begins at once, and ends with `stack`."""
    features: frozenset[Optional] = frozenset({"script"}) if settings.scripts_enabled else frozenset()
    inline = InlineSecrets(store, vault, clock)
    keep_up(inline.sweep_now_and_then(), stack)
    workflows = Workflows(store, clock, ids, programs, missing=missing_activities(resolution))
    listed = ListedDefinitions(store, clock, ids, programs, inline, resolution, features=features)
    workflows.removing.append(forget_saves)
    runtime = {"name": "weft", "version": weft.__version__, "env": environment(settings.workflowsvc_env)}
    return DefinitionParts(
        workflows=workflows,
        listed=listed,
        inline=inline,
        children=ChildDefinitions(workflows, programs, lambda tx, tenant: listed.options(tx, tenant)),
        starts=StartRules(
            inline, features=features, max_queued=settings.workflowsvc_max_queued_runs, run_list=SqlRunList()
        ),
        planner=Planner(clock=clock, ids=ids, runtime=runtime, limits={"passes": settings.loops_max_iterations}),
    )


def environment(entries: Sequence[str]) -> dict[str, str]:
    """`name=value` texts as a mapping; an entry without `=` has an empty value."""
    return {name.strip(): value for name, _, value in (entry.partition("=") for entry in entries) if name.strip()}
