from __future__ import annotations

import pytest

from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.scoping import Scoping, check_body
from weft.domain.access import Principal, Scope
from weft.domain.errors import Forbidden, Malformed
from weft.domain.tenancy import Namespace, Tenant
from weft.web.operations import Operation
from weft.web.refusals import UnsupportedMedia

pytestmark = pytest.mark.anyio
ACME = Tenant(id="acme", uuid="u", default_namespace="main")
SPACES = {
    "main": Namespace(id="main", owner="acme", default=True),
    "plant": Namespace(id="plant", owner="acme"),
    "foreign": Namespace(id="foreign", owner="other"),
}


class Tenants:
    def tenant(self, tenant_id):
        return {"acme": ACME, "other": Tenant(id="other", uuid="v", default_namespace="o")}.get(tenant_id)

    def namespace(self, namespace_id):
        return SPACES.get(namespace_id)


CALLER = Principal(
    name="client:x",
    tenant="acme",
    scopes={"acme": Scope(frozenset(), namespaces={"plant": frozenset({"job.list"}), "": frozenset({"job.get"})})},
)


def operation(request=None) -> Operation:
    return Operation(
        method="POST", path="x", name="x", permission="job.list", summary="", handler=None, request=request
    )  # type: ignore[arg-type]


def test_the_rights_are_those_in_the_namespace(call):
    scoping = Scoping(Tenants())
    found = scoping.scope(call({"nsFilter": ["plant"]}), operation(), CALLER)
    assert found.may("job.list") and not found.may("job.get")
    asked = scoping.asked(call({"nsfilter": ["main"]}, path={"id": "AB"}, principal=CALLER))
    assert asked.scope == "" and asked.tenant is ACME and asked.path("id") == "ab"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "nsfilter_required"),
        ({"nsfilter": [""]}, "nsfilter_required"),
        ({"nsfilter": ["a,b"]}, "nsfilter_invalid"),
        ({"nsfilter": ["_a"]}, "nsfilter_invalid"),
        ({"nsfilter": ["a" * 129]}, "nsfilter_invalid"),
        ({"nsfilter": ["a", "b"]}, "parameter_conflict"),
    ],
)
def test_nsfilter_names_one_namespace(call, query, code):
    with pytest.raises(Wrong) as caught:
        Scoping(Tenants()).scope(call(query), operation(), CALLER)
    assert caught.value.code == code and caught.value.items[0].path == "query/nsfilter"


@pytest.mark.parametrize("name", ["nowhere", "foreign", "Plant"])
def test_closed_namespaces_are_refused_alike(call, name):
    with pytest.raises(Forbidden) as caught:
        Scoping(Tenants()).scope(call({"nsfilter": [name]}), operation(), CALLER)
    assert caught.value.code == "namespace_forbidden"


def test_a_query_that_cannot_be_read(call):
    class Broken:
        @property
        def query(self):
            raise Malformed("no UTF-8")

    with pytest.raises(Wrong) as caught:
        Scoping(Tenants()).scope(Broken(), operation(), CALLER)  # type: ignore[arg-type]
    assert caught.value.code == "invalid_parameter"


async def test_bodies_are_checked_by_size_then_type_then_syntax(call):
    good = call(headers={"content-type": "application/merge+json; charset=utf-8"}, body={})
    await check_body(good, operation({}))
    assert good.read == ["raw", "body"]
    for kind in ("", "text/plain", "text/json", "application/jsonp", "multipart/form-data"):
        with pytest.raises(UnsupportedMedia):
            await check_body(call(headers={"content-type": kind}), operation({}))
    untouched = call()
    await check_body(untouched, operation())
    assert untouched.read == []


async def test_a_request_without_body_and_type_is_for_the_rules_of_the_body(call):
    await check_body(call(raw=b""), operation({}))
    with pytest.raises(UnsupportedMedia):
        await check_body(call(raw=b"", headers={"content-type": "text/plain"}), operation({}))
    with pytest.raises(UnsupportedMedia):
        await check_body(call(raw=b"{}"), operation({}))


def test_who_may_change_may_learn_that_there_is_nothing(call):
    asked = Scoping(Tenants()).asked(call({"nsfilter": ["main"]}, principal=CALLER))
    assert asked.seeing("job.get").may("job.get") and not asked.principal.may("job.get")
