"""Endpoints of workflow definitions: save, read, delete, list, tags, validate. Errors are strings."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.api.cwm import schemas
from weft.api.cwm.errors import STRING
from weft.api.cwm.reading import members, query_list, text, text_list
from weft.api.cwm.schemas import responses, shape
from weft.api.cwm.times import rfc3339
from weft.domain.errors import Invalid, Malformed
from weft.domain.workflows import Workflow
from weft.dsl.document.text import parse
from weft.services.definitions import Definition
from weft.services.workflows import Workflows
from weft.web.operations import Answer, Call, Handler, Operation, Parameter

LANGUAGE = "cwm"
"""The language that a definition is taken for unless it says otherwise."""
GROUP = "workflow"
_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
_MEMBERS = ("definition", "wfTags", "formId", "path", "workflowId")


class WorkflowEndpoints:
    """The handlers."""

    def __init__(self, workflows: Workflows) -> None:
        self._workflows = workflows

    async def create(self, call: Call) -> Answer:
        record = await self._workflows.create(call.principal, read_entry(await definition_body(call)))
        return Answer(body=record.id)

    async def list_all(self, call: Call) -> Answer:
        found = await self._workflows.list_all(call.principal, query_list(call, "tags"))
        return Answer(body=[workflow_body(record) for record in found])

    async def get(self, call: Call) -> Answer:
        record = await self._workflows.get(call.principal, call.path["workflowId"])
        return Answer(body={"workflow": workflow_body(record)})

    async def get_named(self, call: Call) -> Answer:
        record = await self._workflows.get_named(call.principal, *_pair(call))
        return Answer(body={"workflow": workflow_body(record)})

    async def update(self, call: Call) -> Answer:
        given = read_entry(await definition_body(call))
        record = await self._workflows.update(call.principal, call.path["workflowId"], given)
        return Answer(body=f"workflow {record.id} updated")

    async def update_named(self, call: Call) -> Answer:
        given = read_entry(await definition_body(call))
        record = await self._workflows.update_named(call.principal, *_pair(call), given)
        return Answer(body=f"workflow {record.id} updated")

    async def delete(self, call: Call) -> Answer:
        record = await self._workflows.delete(call.principal, call.path["workflowId"])
        return Answer(body=f"workflow {record.id} deleted")

    async def delete_named(self, call: Call) -> Answer:
        record = await self._workflows.delete_named(call.principal, *_pair(call))
        return Answer(body=f"workflow {record.id} deleted")

    async def tags(self, call: Call) -> Answer:
        return Answer(body=await self._workflows.tags(call.principal))

    async def validate(self, call: Call) -> Answer:
        given = read_entry(await definition_body(call))
        warnings = await self._workflows.validate(call.principal, given)
        return Answer(body="; ".join(("workflow definition valid", *warnings)))

    async def validate_input(self, call: Call) -> Answer:
        body = members(await call.body(), "data")
        await self._workflows.validate_input(call.principal, *_pair(call), body.get("data", {}))
        return Answer(body="input data valid")

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        wrapped, entry = shape("workflow", workflow=schemas.WORKFLOW), schemas.WORKFLOW_INPUT
        named = "/workflow/name/{workflowName}/version/{workflowVersion}"
        tags = Parameter("tags", "query", "Any of these tags, separated by commas")
        return [
            _op("GET", "/workflow", "list", "List definitions", self.list_all, schemas.listed(schemas.WORKFLOW),
                parameters=(tags,)),
            _op("POST", "/workflow", "create", "Store a definition", self.create, schemas.TEXT, request=entry),
            _op("GET", "/workflow/tags", "listTags", "List the tags of definitions", self.tags, schemas.TEXTS),
            _op("POST", "/workflow/validate", "validate", "Check a definition", self.validate, schemas.TEXT,
                request=entry),
            _op("GET", "/workflow/{workflowId}", "get", "Get a definition", self.get, wrapped),
            _op("PUT", "/workflow/{workflowId}", "update", "Replace a definition", self.update, schemas.TEXT,
                request=entry),
            _op("DELETE", "/workflow/{workflowId}", "delete", "Delete a definition", self.delete, schemas.TEXT),
            _op("GET", named, "get", "Get a definition by name and version", self.get_named, wrapped,
                "getWorkflowByName"),
            _op("PUT", named, "update", "Replace a definition by name and version", self.update_named, schemas.TEXT,
                "updateWorkflowByName", request=entry),
            _op("DELETE", named, "delete", "Delete a definition by name and version", self.delete_named, schemas.TEXT,
                "deleteWorkflowByName"),
            _op("POST", f"{named}/validateInputData", "validateInput", "Check input data against a definition's schema",
                self.validate_input, schemas.TEXT, "validateWorkflowInput", request=shape(data=schemas.FREE)),
        ]  # fmt: skip


def _op(
    method: Any, path: str, verb: str, summary: str, handler: Handler, answer: Any, name: str = "", *,
    request: Any = None, parameters: tuple[Parameter, ...] = (),
) -> Operation:  # fmt: skip
    return Operation(
        method=method,
        path=path,
        name=name or f"{verb}Workflow",
        permission=f"workflow.{verb}",
        summary=summary,
        handler=handler,
        request=request,
        parameters=parameters,
        responses=responses({200: answer}, STRING, 400),
        family=STRING,
        group=GROUP,
    )


def workflow_body(record: Workflow) -> dict[str, Any]:
    """A definition as it is answered; the document exactly as it was received."""
    return {
        "workflowId": record.id,
        "name": record.name,
        "version": record.version,
        "description": record.description,
        "definition": msgspec.Raw(record.definition.encode()),
        "wfTags": list(record.tags),
        "formId": record.form,
        "path": record.folder,
        "hashSum": record.revision,
        "createdAt": rfc3339(record.created_at),
        "updatedAt": rfc3339(record.updated_at),
    }


async def definition_body(call: Call) -> Any:
    """The body of a request that carries a definition: JSON, or YAML where the media type says so."""
    media = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    if media.partition(";")[0].strip().lower() not in _YAML:
        return await call.body()
    raw = await call.raw()
    if not raw.strip():
        return {}
    parsed = parse(raw)
    if parsed.problems:
        raise Malformed("malformed YAML", [problem.text() for problem in parsed.problems])
    return {} if parsed.value is None else parsed.value


def read_entry(body: Any) -> Definition:
    """`{"definition", "wfTags", "formId", "path"}`, or the bare definition (an object with `states` or `document`)."""
    found = members(body, *_MEMBERS)
    if "definition" not in found:
        bare = members(body, "states", "document")
        if not bare:
            raise Invalid("definition is required")
        return Definition(source=body, hint=LANGUAGE)
    return Definition(
        source=found["definition"],
        tags=tuple(text_list(found.get("wfTags"), "wfTags")),
        form=text(found, "formId"),
        folder=text(found, "path"),
        hint=LANGUAGE,
        id=text(found, "workflowId"),
    )


def _pair(call: Call) -> tuple[str, str]:
    return call.path["workflowName"], call.path["workflowVersion"]
