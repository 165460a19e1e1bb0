from __future__ import annotations

import pytest

from weft.api.workflow_execution.admission import Admission
from weft.api.workflow_execution.problems import BadRequest
from weft.domain.access import Principal, Scope
from weft.domain.errors import NotFound
from weft.domain.tenancy import Tenant
from weft.web.operations import Operation

CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"


class Tenants:
    def of_uuid(self, uuid):
        return Tenant(id="acme", uuid=uuid, default_namespace="acme") if uuid == CUSTOMER else None


def scope(asked, principal, customer=CUSTOMER, **path):
    return Admission(Tenants()).scope(asked(path={"customerId": customer, **path}), None, principal)


def test_the_caller_stands_in_the_customer(asked):
    inside = Principal("p", scopes={"acme": Scope(permissions=frozenset({"job.get"}), member=True)})
    found = scope(asked, inside, CUSTOMER.upper())
    assert (found.tenant, found.permissions) == ("acme", {"job.get"})


def test_roles_in_the_default_namespace_count(asked):
    own = Principal("p", scopes={"acme": Scope(namespaces={"": frozenset({"job.get"})})})
    assert scope(asked, own).permissions == {"job.get"}
    elsewhere = Principal("p", scopes={"acme": Scope(namespaces={"other": frozenset({"job.get"})})})
    assert scope(asked, elsewhere).permissions == frozenset()


def test_an_unknown_and_a_foreign_customer_are_one_answer(asked):
    stranger = Principal("p", scopes={"other": Scope(member=True)})
    seen = []
    for customer in (CUSTOMER, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound) as caught:
            scope(asked, stranger, customer)
        seen.append((caught.value.code, caught.value.message))
    assert seen[0] == seen[1]
    assert seen[0][0] == "customer_not_found"


def test_malformed_ids_come_first(asked):
    with pytest.raises(BadRequest) as caught:
        scope(asked, Principal("p"), "abc", workflowId="x")
    assert [entry.property for entry in caught.value.entries] == ["customerId", "workflowId"]


def test_bodies_are_checked_where_there_may_be_one(asked):
    async def handler(call):
        raise AssertionError

    admission = Admission(Tenants())
    for method, checked in (("GET", False), ("DELETE", False), ("POST", True), ("PUT", True)):
        operation = Operation(method=method, path="x", name="x", permission="job.get", summary="", handler=handler)
        waiting = admission.check(asked(), operation)
        assert (waiting is not None) == checked
        if waiting is not None:
            waiting.close()
