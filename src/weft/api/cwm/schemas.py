"""JSON Schemas of what goes in and out, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from weft.api.cwm import errors

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANY: Schema = {}
FREE: Schema = {"type": "object", "additionalProperties": True}


def listed(item: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": item}


def shape(*required: str, **properties: Schema) -> Schema:
    """An object; the names given first are required."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return schema


def one_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


TEXTS = listed(TEXT)
ERROR_OBJECT = shape("code", "message", "detail", code=WHOLE, message=TEXT, detail=TEXT)
ERROR_WORKER = shape("errorCode", "message", errorCode=WHOLE, message=TEXT, workerUUID=TEXT, status=TEXT)
ERROR_PAYLOAD = shape("code", "message", code=WHOLE, message=TEXT, details=TEXT, err=ANY)
ERROR_BODIES: dict[str, Schema] = {
    errors.OBJECT: ERROR_OBJECT,
    errors.STRING: TEXT,
    errors.WORKER: ERROR_WORKER,
    errors.WORKER_CREATE: ERROR_WORKER,
    errors.PAYLOAD: ERROR_PAYLOAD,
    errors.RPC: FREE,
}


def responses(success: dict[int, Any], family: str, *statuses: int) -> dict[int, Any]:
    """The answers of an operation: its successes, its own errors, and those that every operation has.

    Every operation can refuse a name in the path, a query or a body (400, 413), be busy (429) and break (500).
    """
    found: dict[int, Any] = dict(success)
    for status in (401, 403, 413):
        found[status] = ERROR_OBJECT
    for status in (400, 429, 500, *statuses):
        found[status] = ERROR_BODIES[family]
    return found


ACTIVITY = shape(
    "id",
    id=TEXT,
    adapterId=TEXT,
    packageName=TEXT,
    name=TEXT,
    description=TEXT,
    inputSchema=ANY,
    outputSchema=ANY,
)
ADAPTER = shape(
    "id",
    "adapterId",
    id=TEXT,
    adapterId=TEXT,
    vendor=TEXT,
    product=TEXT,
    version=TEXT,
    description=TEXT,
    resourceTypeId=TEXT,
    cwmVersionId=TEXT,
    hashSum=TEXT,
    uploadedStatus=FLAG,
    deployedStatus=FLAG,
    inUseStatus=FLAG,
    defaultStatus=FLAG,
    verified=FLAG,
    createdAt=TIME,
    updatedAt=TIME,
    activities=listed(ACTIVITY),
)
WORKER_SUMMARY = shape(
    "name",
    name=TEXT,
    status=TEXT,
    adminStatus=TEXT,
    activeError=TEXT,
    infraJobId=TEXT,
    createdAt=TIME,
    updatedAt=TIME,
    activities=listed(shape(adapterId=TEXT, numOfActivities=WHOLE)),
)
WORKER = shape(
    "name",
    name=TEXT,
    status=WHOLE,
    adminStatus=WHOLE,
    activeError=TEXT,
    infraJobId=TEXT,
    createdAt=TIME,
    updatedAt=TIME,
    activities=listed(ACTIVITY),
    cwmVersion=TEXT,
    isJobChecked=FLAG,
    workerProfile=TEXT,
)
WORKER_RESULT = shape("errorCode", "message", errorCode=WHOLE, message=TEXT)
WORKER_CREATED = shape("workerUUID", "status", workerUUID=TEXT, status=TEXT)
WORKER_INPUT = shape(
    workerName=TEXT, activities=TEXTS, startWorker=FLAG, force=FLAG, workerProfile=TEXT, stopWorkerIfRunning=FLAG,
    forceStop=FLAG,
)  # fmt: skip
PROFILE = shape("profileName", profileName=TEXT, cpuMin=TEXT, cpuMax=TEXT, memMin=TEXT, memMax=TEXT)
WORKFLOW = shape(
    "workflowId",
    workflowId=TEXT,
    name=TEXT,
    version=TEXT,
    description=TEXT,
    definition=FREE,
    wfTags=TEXTS,
    formId=TEXT,
    path=TEXT,
    hashSum=TEXT,
    createdAt=TIME,
    updatedAt=TIME,
)
WORKFLOW_INPUT = shape(definition=one_of(FREE, TEXT), wfTags=TEXTS, formId=TEXT, path=TEXT)
RESOURCE = shape(resourceId=TEXT, resourceType=TEXT, resourceTypeId=TEXT, secretId=TEXT, resource=FREE)
RESOURCE_TYPE = shape("resourceTypeId", resourceTypeId=TEXT, description=TEXT, schema=ANY)
IMPORT_RESULT = shape(isDryRun=FLAG, isOverride=FLAG, errors=TEXTS, failure=TEXTS, success=listed(RESOURCE))
SECRET = shape("secretId", "secretType", secretId=TEXT, secretType=TEXT)
SECRET_INPUT = shape(secretId=TEXT, secretType=TEXT, secret=FREE)
SECRET_TYPE = shape("secretTypeId", secretTypeId=TEXT, description=TEXT, schema=ANY)
CORRELATION = one_of(listed(shape(contextAttributeName=TEXT, contextAttributeValue=TEXT)), TEXTS)
EVENT_TYPE = shape(
    name=TEXT,
    type=TEXT,
    source=TEXT,
    kind=TEXT,
    resourceId=TEXT,
    endpoint=TEXT,
    dataOnly=FLAG,
    correlation=CORRELATION,
    correlationAttrs=CORRELATION,
    payloadAttrs=FREE,
    createWorkflow=FLAG,
    workflowName=TEXT,
    workflowVersion=TEXT,
    state=FLAG,
    internallyManagedListener=FLAG,
)
CLOUD_EVENT = shape("specversion", "id", "type", "source", specversion=TEXT, id=TEXT, type=TEXT, source=TEXT, data=ANY)
