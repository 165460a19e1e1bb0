"""The dialect as a whole: both mounts, every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from weft.api.cwm.adapters import AdapterEndpoints
from weft.api.cwm.errors import refuse
from weft.api.cwm.event_types import EventTypeEndpoints
from weft.api.cwm.events import EventEndpoints
from weft.api.cwm.resources import ResourceEndpoints
from weft.api.cwm.secrets import SecretEndpoints
from weft.api.cwm.system_functions import SystemFunctionEndpoints
from weft.api.cwm.unsupported import unsupported_operations
from weft.api.cwm.worker_profiles import WorkerProfileEndpoints
from weft.api.cwm.workers import WorkerEndpoints
from weft.api.cwm.workflow_transfer import WorkflowTransferEndpoints
from weft.api.cwm.workflows import WorkflowEndpoints
from weft.services.adapters import Adapters
from weft.services.event_types import EventTypes
from weft.services.events import Events
from weft.services.resource_types import ResourceTypes
from weft.services.resources import Resources
from weft.services.secret_types import SecretTypes
from weft.services.secrets import Secrets
from weft.services.system_functions import SystemFunctions
from weft.services.worker_profiles import WorkerProfiles
from weft.services.workers import Workers
from weft.services.workflow_transfer import WorkflowTransfer
from weft.services.workflows import Workflows
from weft.web.operations import Dialect, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

MOUNTS = {"v1": "/crosswork/cwm/v1", "v2": "/crosswork/cwm/v2"}
MAX_DEPTH = 100


class CwmServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialect needs. `empty_as_204` false turns every 204 on a list into an empty array."""

    workflows: Workflows
    transfer: WorkflowTransfer
    resources: Resources
    resource_types: ResourceTypes
    secrets: Secrets
    secret_types: SecretTypes
    adapters: Adapters
    workers: Workers
    worker_profiles: WorkerProfiles
    event_types: EventTypes
    events: Events
    system_functions: SystemFunctions
    empty_as_204: bool = True


def dialect(services: CwmServices, more: Sequence[Operation] = ()) -> Dialect:
    """The dialect. `more` are operations that are built elsewhere: those of jobs."""
    groups = (
        AdapterEndpoints(services.adapters, empty_as_204=services.empty_as_204),
        WorkerEndpoints(services.workers),
        WorkerProfileEndpoints(services.worker_profiles),
        WorkflowEndpoints(services.workflows),
        WorkflowTransferEndpoints(services.transfer),
        ResourceEndpoints(services.resources, services.resource_types, empty_as_204=services.empty_as_204),
        SecretEndpoints(services.secrets, services.secret_types),
        EventTypeEndpoints(services.event_types),
        EventEndpoints(services.events),
        SystemFunctionEndpoints(services.system_functions),
    )
    operations = [operation for group in groups for operation in group.operations()]
    return Dialect(
        name="cwm",
        title="Crosswork Workflow Manager API",
        mounts=MOUNTS,
        operations=(*operations, *more, *unsupported_operations()),
        refuse=refuse,
        max_depth=MAX_DEPTH,
    )
