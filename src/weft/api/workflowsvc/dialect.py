"""The dialect as a whole: one mount, every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from weft.api.workflowsvc.definitions import DefinitionEndpoints
from weft.api.workflowsvc.errors import refuse
from weft.api.workflowsvc.front import Front
from weft.api.workflowsvc.run_view import RunView
from weft.api.workflowsvc.runs import PATH, RunEndpoints, RunPages
from weft.api.workflowsvc.schedules import ScheduleEndpoints
from weft.api.workflowsvc.scoping import KnownTenants, Scoping, check_body
from weft.api.workflowsvc.tasks import TaskEndpoints
from weft.services.idempotency import Idempotency
from weft.services.job_control import JobControl
from weft.services.job_tasks import JobTasks
from weft.services.jobs import JobService
from weft.services.listed_definitions import ListedDefinitions
from weft.services.manual_tasks import ManualTasks
from weft.services.payloads import Payloads
from weft.services.schedules import Schedules
from weft.web.operations import Dialect

MOUNTS: Final = {"v1": PATH}
MAX_BODY: Final = 1024 * 1024
MAX_DEPTH: Final = 64


class WorkflowsvcServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialect needs.

    `new_id` makes ids of task definitions.
    """

    tenants: KnownTenants
    idempotency: Idempotency
    jobs: JobService
    pages: RunPages
    tasks: JobTasks
    control: JobControl
    manual: ManualTasks
    payloads: Payloads
    definitions: ListedDefinitions
    schedules: Schedules
    new_id: Callable[[], str]


def dialect(services: WorkflowsvcServices) -> Dialect:
    """The dialect over running services."""
    scoping = Scoping(services.tenants)
    front = Front(scoping, services.idempotency)
    view = RunView(services.tasks)
    groups = (
        RunEndpoints(front, services.jobs, services.pages, view, services.control),
        TaskEndpoints(front, view, services.control, services.manual, services.payloads),
        DefinitionEndpoints(front, services.definitions, services.new_id),
        ScheduleEndpoints(front, services.schedules),
    )
    return Dialect(
        name="workflowsvc",
        title="Workflow service API",
        mounts=MOUNTS,
        operations=tuple(operation for group in groups for operation in group.operations()),
        refuse=refuse,
        max_depth=MAX_DEPTH,
        max_body=MAX_BODY,
        any_names=True,
        scope=scoping.scope,
        check=check_body,
        request_ids=True,
        challenge="Bearer",
    )
