"""JSON Schemas of what goes in and out, for the OpenAPI document. Objects with exact key sets allow no others."""

from __future__ import annotations

from typing import Any, Final

from weft.api.workflowsvc.errors import ALL_WORDS, DISABLED
from weft.api.workflowsvc.words import COMMANDS, RUN_STATES, TASK_STATES
from weft.web.operations import Parameter

Schema = dict[str, Any]

ANY: Final[Schema] = {}
TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}
OBJECT: Final[Schema] = {"type": "object", "additionalProperties": True}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def exact(**properties: Schema) -> Schema:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listed(item: Schema) -> Schema:
    """A page of a list: exactly four keys."""
    return exact(_offset=WHOLE, _pageSize=WHOLE, _total=WHOLE, _list={"type": "array", "items": item})


def one_of(words: Any) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(words)}


ERROR: Final = exact(
    _code=WHOLE,
    _error=one_of(dict.fromkeys((*ALL_WORDS, DISABLED))),
    _message=TEXT,
    message=TEXT,
    _retryable=FLAG,
    _details={"type": "array", "items": exact(_path=TEXT, _code=TEXT, _message=TEXT)},
)

TASK_BRIEF: Final = exact(_id=TEXT, _name=TEXT, _sequenceno=WHOLE, _type=TEXT, _status=one_of(TASK_STATES))
RUN: Final = exact(
    _id=TEXT,
    _workflowDefId=TEXT,
    _name=TEXT,
    _namespaces=TEXTS,
    _userType=nullable(TEXT),
    _tasks={"type": "array", "items": TASK_BRIEF},
    _timeoutSeconds=nullable(WHOLE),
    _timeoutPolicy=nullable(TEXT),
    _status=one_of(RUN_STATES),
    _createdAt=TIME,
    _updatedAt=TIME,
    _createdBy=nullable(TEXT),
    _updatedBy=nullable(TEXT),
    _inputParams=OBJECT,
    _output=ANY,
)
_TASK_FRESH: Final = exact(
    _id=TEXT, _name=TEXT, _type=TEXT, _sequenceno=WHOLE, _status=one_of(TASK_STATES), _inputParams=ANY
)
_TASK_BEGUN: Final = exact(
    _id=TEXT,
    _name=TEXT,
    _type=TEXT,
    _sequenceno=WHOLE,
    _status=one_of(TASK_STATES),
    _inputParams=ANY,
    _output=ANY,
    _reason=nullable(TEXT),
    _attempt=WHOLE,
    _startedAt=nullable(TIME),
    _updatedAt=TIME,
    _endedAt=nullable(TIME),
)
_ITERATION: Final[Schema] = {"_iteration": WHOLE}


def _with_iteration(schema: Schema) -> Schema:
    return exact(**schema["properties"], **_ITERATION)


TASK: Final[Schema] = {
    "anyOf": [_TASK_FRESH, _TASK_BEGUN, _with_iteration(_TASK_FRESH), _with_iteration(_TASK_BEGUN)],
}
LOOP_TASK: Final = exact(
    _id=TEXT, _name=TEXT, _sequenceno=WHOLE, _type=TEXT, _status=one_of(TASK_STATES), _iteration=WHOLE,
    _inputParams=ANY, _output=ANY,
)  # fmt: skip
MESSAGE: Final = exact(message=TEXT)

TASK_DEFINITION: Final[Schema] = {
    "type": "object",
    "properties": {"_id": TEXT, "_name": ANY, "_type": TEXT, "_sequenceno": WHOLE, "_inputParams": OBJECT},
    "required": ["_id", "_name", "_type", "_sequenceno", "_inputParams"],
    "additionalProperties": True,
}
_DEFINITION: Final = exact(
    _id=TEXT,
    _name=TEXT,
    _description=nullable(TEXT),
    _namespaces=TEXTS,
    _userType=nullable(TEXT),
    _taskDefs={"type": "array", "items": TASK_DEFINITION},
    _timeoutSeconds=nullable(WHOLE),
    _timeoutPolicy=nullable(TEXT),
    _createdAt=TIME,
    _updatedAt=TIME,
    _createdBy=nullable(TEXT),
    _updatedBy=nullable(TEXT),
)
DEFINITION: Final[Schema] = {**_DEFINITION, "additionalProperties": True}
SCHEDULE: Final = exact(
    _id=TEXT,
    _workflowDefId=TEXT,
    _jobId=TEXT,
    _namespaces=TEXTS,
    _schedule=exact(_type=TEXT, _runInterval=TEXT, _timeZone=TEXT),
    _inputParams=OBJECT,
    _status=one_of(("ACTIVE", "PAUSED", "COMPLETED")),
    _nextRunAt=nullable(TIME),
    _previousRunAt=nullable(TIME),
    _createdAt=TIME,
    _updatedAt=TIME,
    _createdBy=nullable(TEXT),
    _updatedBy=nullable(TEXT),
)
SCHEDULING_JOB: Final = exact(_id=TEXT, _workflowDefId=TEXT, _triggers=TEXTS)

START: Final[Schema] = {
    "type": "object",
    "required": ["_workflowDefId"],
    "properties": {"_workflowDefId": TEXT, "_inputParams": OBJECT},
}
COMMAND: Final[Schema] = {
    "type": "object",
    "required": ["_status"],
    "properties": {"_status": one_of(COMMANDS), "_reason": {"type": "string", "maxLength": 1000}},
}
ANSWER: Final[Schema] = {
    "type": "object",
    "required": ["_userInput"],
    "properties": {"_userInput": OBJECT, "_status": one_of(("COMPLETED", "FAILED")), "_reason": TEXT},
}
TASK_INPUT: Final[Schema] = {
    "type": "object",
    "properties": {
        "_id": TEXT,
        "_name": TEXT,
        "_type": TEXT,
        "_sequenceno": {"type": "integer", "minimum": 1},
        "_inputParams": OBJECT,
    },
    "additionalProperties": True,
}
DEFINITION_INPUT: Final[Schema] = {
    "type": "object",
    "required": ["_name", "_taskDefs"],
    "properties": {
        "_name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^\S+$"},
        "_description": nullable(TEXT),
        "_namespaces": TEXTS,
        "_userType": nullable(TEXT),
        "_taskDefs": {"type": "array", "minItems": 1, "maxItems": 500, "items": TASK_INPUT},
        "_timeoutSeconds": nullable({"type": "integer", "minimum": 0, "maximum": 31536000}),
        "_timeoutPolicy": nullable(one_of(("TIME_OUT_WF", "ALERT_ONLY"))),
    },
    "additionalProperties": True,
}
SCHEDULE_INPUT: Final[Schema] = {
    "type": "object",
    "required": ["_schedule"],
    "properties": {
        "_namespaces": TEXTS,
        "_schedule": {
            "type": "object",
            "required": ["_runInterval"],
            "properties": {"_type": one_of(("TIME_BASED",)), "_runInterval": TEXT, "_timeZone": TEXT},
        },
        "_inputParams": OBJECT,
        "_status": one_of(("ACTIVE", "PAUSED")),
    },
}

NSFILTER: Final = Parameter(
    "nsfilter", "query", "the namespace; its name is matched without regard to case", required=True,
    schema={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$"},
)  # fmt: skip
PAGE_SIZE: Final = Parameter("_pageSize", "query", "elements of a page: default 10, at most 1,000", schema=WHOLE)
OFFSET: Final = Parameter("_offset", "query", "elements to leave out before the page", schema=WHOLE)
SORT: Final = Parameter("sort", "query", 'JSON object: {"_updatedAt":-1,"_name":1}')
NAME: Final = Parameter("_name", "query", "part of the name, in any case")
LISTING: Final = (PAGE_SIZE, OFFSET)
KEY: Final = Parameter("Idempotency-Key", "header", "1 to 255 visible ASCII characters: the change is made once")
IF_MATCH: Final = Parameter("If-Match", "header", "the revision that is to be changed, as ETag told it")


def answers(success: dict[int, Any], *more: int, body: bool = False) -> dict[int, Any]:
    """The answers of an operation: its success, and every error that it may give.

    Whatever it is, the namespace may be wrong (400, 403), the credential (401), the query too long (413), the server
    busy (429), stopping (503) or broken (500); a `body` may be no JSON by its type (415).
    """
    found: dict[int, Any] = dict(success)
    for status in (400, 401, 403, 413, 429, 500, 503, *((415,) if body else ()), *more):
        found[status] = ERROR
    return found
