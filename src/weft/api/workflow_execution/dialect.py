"""The dialect as a whole: its operations, and the two beside it (tokens, and versions that are not served)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from weft.api.workflow_execution import schemas, tokens
from weft.api.workflow_execution.admission import Admission, TenantLookup
from weft.api.workflow_execution.definitions import DefinitionEndpoints
from weft.api.workflow_execution.errors import refuse, refuse_version
from weft.api.workflow_execution.executions import ACCEPTED, ExecutionEndpoints, RunPages
from weft.api.workflow_execution.graphs import Graphs
from weft.api.workflow_execution.once import Once
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.services.clients import Clients
from weft.services.jobs import JobService
from weft.services.listed_definitions import ListedDefinitions
from weft.web.operations import Dialect, Operation, Parameter

if TYPE_CHECKING:
    from weft.services.idempotency import Idempotency
    from weft.services.job_control import JobControl
    from weft.services.job_tasks import JobTasks

MOUNTS: Final = {"v1.0": "/api/workflow/v1.0", "v1": "/api/workflow/v1"}
ANY_VERSION: Final = {"any": "/api/workflow"}
MAX_BODY: Final = 1 << 20
MAX_DEPTH: Final = 64
_DEFINITIONS: Final = "customer/{customerId}/workflow"
_DEFINITION: Final = f"{_DEFINITIONS}/{{workflowId}}"
_EXECUTIONS: Final = f"{_DEFINITION}/WorkflowExecution"
_WHOLE: Final[Mapping[str, Any]] = {"type": "integer", "minimum": 0}
_MOMENT: Final[Mapping[str, Any]] = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}
_LISTING: Final = (
    Parameter("take", "query", "how many; 20 if it is not said, at most 500", schema={**_WHOLE, "default": 20}),
    Parameter("skip", "query", "how many to leave out before", schema={**_WHOLE, "default": 0}),
    Parameter("createdLess", "query", "created strictly before this date or date-time", schema=_MOMENT),
    Parameter("createdGreater", "query", "created strictly after this date or date-time", schema=_MOMENT),
)
_KEY: Final = Parameter(
    "Idempotency-Key", "header", "1 to 255 visible ASCII characters: the same request again gets the same answer",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)  # fmt: skip
_IF_MATCH: Final = Parameter("If-Match", "header", "the revision that is to be changed, as `ETag` said")
_EVERYWHERE: Final = (400, 401, 403, 404, 429, 503)


class WorkflowExecutionServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialect needs."""

    tenants: TenantLookup
    clients: Clients
    definitions: ListedDefinitions
    jobs: JobService
    pages: RunPages
    tasks: JobTasks
    control: JobControl
    idempotency: Idempotency
    store: Store
    ids: Ids


def dialects(services: WorkflowExecutionServices) -> tuple[Dialect, Dialect, Dialect]:
    """The API itself, its token endpoint, and what answers below versions that are not served."""
    admission = Admission(services.tenants)
    api = Dialect(
        name="workflow-execution",
        title="WorkflowExecution API",
        mounts=MOUNTS,
        operations=_operations(services),
        refuse=refuse,
        max_depth=MAX_DEPTH,
        max_body=MAX_BODY,
        fold_case=True,
        scope=admission.scope,
        check=admission.check,
        challenge="Bearer",
    )
    versions = Dialect(
        name="workflow-execution-versions", title="WorkflowExecution API, other versions", mounts=ANY_VERSION,
        operations=(), refuse=refuse_version, fold_case=True,
    )  # fmt: skip
    return api, tokens.dialect(services.clients), versions


def _operations(services: WorkflowExecutionServices) -> tuple[Operation, ...]:
    graphs = Graphs(services.store, services.jobs.programs)
    once = Once(services.idempotency)
    definitions = DefinitionEndpoints(services.definitions, graphs, once, services.ids)
    executions = ExecutionEndpoints(
        definitions=services.definitions, jobs=services.jobs, pages=services.pages, tasks=services.tasks,
        control=services.control, graphs=graphs, once=once,
    )  # fmt: skip
    return (*_of_executions(executions), *_of_definitions(definitions))


def _of_executions(endpoints: ExecutionEndpoints) -> tuple[Operation, ...]:
    group = "WorkflowExecution"
    return (
        Operation(
            method="POST", path=_EXECUTIONS, name="startWorkflowExecution", permission="job.create", group=group,
            summary="Start workflow execution", handler=endpoints.start, parameters=(_KEY,),
            request=schemas.START,
            responses=_answers({ACCEPTED: schemas.ExecutionAnswer}, 409, 413, 415, 422),
        ),
        Operation(
            method="GET", path=_EXECUTIONS, name="listWorkflowExecutions", permission="job.list", group=group,
            summary="Executions of a workflow, the newest first", handler=endpoints.page, parameters=_LISTING,
            responses=_answers({200: schemas.ExecutionsAnswer}),
        ),
        Operation(
            method="GET", path=f"{_EXECUTIONS}/{{id}}", name="getWorkflowExecution", permission="job.get", group=group,
            summary="One execution in its present state", handler=endpoints.get,
            responses=_answers({200: schemas.ExecutionAnswer}),
        ),
    )  # fmt: skip


def _of_definitions(endpoints: DefinitionEndpoints) -> tuple[Operation, ...]:
    group = "Workflow"
    return (
        Operation(
            method="GET", path=_DEFINITIONS, name="listWorkflows", permission="workflow.list", group=group,
            summary="Definitions, the newest first", handler=endpoints.page, parameters=_LISTING,
            responses=_answers({200: schemas.DefinitionsAnswer}),
        ),
        Operation(
            method="POST", path=_DEFINITIONS, name="createWorkflow", permission="workflow.create", group=group,
            summary="A new definition", handler=endpoints.create, parameters=(_KEY,), request=schemas.DEFINITION,
            responses=_answers({201: schemas.DefinitionAnswer}, 409, 413, 415, 422),
        ),
        Operation(
            method="GET", path=_DEFINITION, name="getWorkflow", permission="workflow.get", group=group,
            summary="One definition", handler=endpoints.get, responses=_answers({200: schemas.DefinitionAnswer}),
        ),
        Operation(
            method="PUT", path=_DEFINITION, name="replaceWorkflow", permission="workflow.update", group=group,
            summary="The definition anew, as its next revision", handler=endpoints.replace, parameters=(_IF_MATCH,),
            request=schemas.DEFINITION, responses=_answers({200: schemas.DefinitionAnswer}, 409, 412, 413, 415),
        ),
        Operation(
            method="DELETE", path=_DEFINITION, name="deleteWorkflow", permission="workflow.delete", group=group,
            summary="Remove a definition; its executions go on", handler=endpoints.delete, parameters=(_IF_MATCH,),
            responses=_answers({204: None}, 412),
        ),
    )  # fmt: skip


def _answers(good: Mapping[int, Any], *more: int) -> dict[int, Any]:
    return {**good, **dict.fromkeys((*_EVERYWHERE, *more), schemas.Error)}
