"""Endpoints that take definitions out and in. Errors are strings."""

from __future__ import annotations

from typing import Any

from weft.api.cwm import schemas
from weft.api.cwm.errors import STRING
from weft.api.cwm.reading import members, query_flag, query_list, text
from weft.api.cwm.schemas import responses
from weft.api.cwm.workflows import GROUP, definition_body, read_entry, workflow_body
from weft.domain.errors import Invalid
from weft.services.workflow_transfer import Wanted, WorkflowTransfer
from weft.web.operations import Answer, Call, Operation, Parameter


class WorkflowTransferEndpoints:
    """The handlers."""

    def __init__(self, transfer: WorkflowTransfer) -> None:
        self._transfer = transfer

    async def export_by_ids(self, call: Call) -> Answer:
        ids = query_list(call, "ids")
        wanted = [Wanted(id=one) for one in ids] if ids else read_wanted(await call.body())
        return await self._export(call, wanted)

    async def export(self, call: Call) -> Answer:
        return await self._export(call, read_wanted(await call.body()))

    async def _export(self, call: Call, wanted: list[Wanted]) -> Answer:
        found = await self._transfer.export(call.principal, wanted)
        return Answer(body=[workflow_body(record) for record in found])

    async def import_all(self, call: Call) -> Answer:
        body = await definition_body(call)
        if not isinstance(body, list):
            raise Invalid("the body must be an array of workflows")
        entries = [read_entry(entry) for entry in body]
        count = await self._transfer.import_all(call.principal, entries, override=bool(query_flag(call, "isOverride")))
        return Answer(body=f"{count} workflows imported")

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        exported = responses({200: schemas.listed(schemas.WORKFLOW)}, STRING, 400)
        pairs = schemas.listed(schemas.one_of(schemas.TEXT, schemas.shape(name=schemas.TEXT, version=schemas.TEXT)))
        return [
            Operation(
                method="GET", path="/workflowExport", name="exportWorkflowsById", permission="workflow.export",
                summary="Export definitions by their ids", handler=self.export_by_ids, responses=exported,
                parameters=(Parameter("ids", "query", "Ids, separated by commas; none exports all"),),
                family=STRING, group=GROUP,
            ),
            Operation(
                method="POST", path="/workflowExport", name="exportWorkflows", permission="workflow.export",
                summary="Export definitions by name and version", handler=self.export, request=pairs,
                responses=exported, family=STRING, group=GROUP,
            ),
            Operation(
                method="POST", path="/workflowImport", name="importWorkflows", permission="workflow.import",
                summary="Import definitions, all or none", handler=self.import_all,
                request=schemas.listed(schemas.WORKFLOW_INPUT),
                parameters=(Parameter("isOverride", "query", "Replace different ones", schema=schemas.FLAG),),
                responses=responses({200: schemas.TEXT}, STRING, 400), family=STRING, group=GROUP,
            ),
        ]  # fmt: skip


def read_wanted(body: Any) -> list[Wanted]:
    """An array of ids or of `{"name", "version"}`; an empty body asks for all."""
    if body in ({}, [], None):
        return []
    if not isinstance(body, list):
        raise Invalid("the body must be an array of ids, or of names and versions")
    return [_wanted(item) for item in body]


def _wanted(item: Any) -> Wanted:
    if isinstance(item, str) and item:
        return Wanted(id=item)
    found = members(item, "name", "version", "workflowId", "id")
    named = text(found, "workflowId") or text(found, "id")
    if named:
        return Wanted(id=named)
    if "name" not in found or "version" not in found:
        raise Invalid("name and version are required")
    return Wanted(name=text(found, "name"), version=text(found, "version"))
