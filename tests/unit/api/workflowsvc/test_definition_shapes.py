from __future__ import annotations

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.definition_shapes import definition_body, projected_body
from weft.domain.schemas import check
from weft.domain.tenancy import Tenant
from weft.domain.workflows import Workflow

TENANT = Tenant(id="acme", uuid="u", default_namespace="main")
WORKFLOW = Workflow(
    id="w", name="n", version="2.0.0", revision="x", definition="{}", created_at=1, updated_at=2, number=2,
    namespaces=("", "plant"), created_by="user:a",
)  # fmt: skip


def test_twelve_keys_are_always_there_and_the_rest_as_given():
    body = definition_body(WORKFLOW, TENANT, {"_name": "n", "_taskDefs": []})
    assert len(body) == 12 and check(schemas.DEFINITION, body) == []
    assert body["_namespaces"] == ["main", "plant"] and body["_updatedBy"] is None
    more = definition_body(WORKFLOW, TENANT, {"_name": "n", "_taskDefs": [], "_outputParams": {}, "x": 1, "_id": "y"})
    assert more["_outputParams"] == {} and more["x"] == 1 and more["_id"] == "w"


def test_projections_have_the_same_keys():
    body = projected_body(WORKFLOW, TENANT, [])
    assert len(body) == 12 and check(schemas.DEFINITION, body) == []
