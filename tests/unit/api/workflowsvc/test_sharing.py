from __future__ import annotations

import pytest

from weft.api.workflowsvc.parameters import Query
from weft.api.workflowsvc.scoping import Asked, Scoping
from weft.api.workflowsvc.sharing import shared_scopes
from weft.domain.access import Principal, Scope
from weft.domain.errors import Forbidden
from weft.domain.tenancy import Namespace, Tenant

ACME = Tenant(id="acme", uuid="u", default_namespace="main")
SPACES = {
    "main": Namespace(id="main", owner="acme", default=True),
    "plant": Namespace(id="plant", owner="acme"),
    "seen": Namespace(id="seen", owner="acme"),
    "hidden": Namespace(id="hidden", owner="acme"),
    "foreign": Namespace(id="foreign", owner="other"),
}
WRITE = frozenset({"workflow.create"})


class Tenants:
    def tenant(self, tenant_id):
        return ACME if tenant_id == "acme" else Tenant(id="other", uuid="v", default_namespace="o")

    def namespace(self, namespace_id):
        return SPACES.get(namespace_id)


PRINCIPAL = Principal(
    name="x", tenant="acme", scopes={
        "acme": Scope(namespaces={"": WRITE, "plant": WRITE, "seen": frozenset({"workflow.list"})}),
        "other": Scope(WRITE, member=True),
    },
)  # fmt: skip


def scopes(given, problems):
    asked = Asked(None, PRINCIPAL, ACME, SPACES["main"], Query({}))  # type: ignore[arg-type]
    body = {} if given is None else {"_namespaces": given}
    return shared_scopes(Scoping(Tenants()), asked, body, "workflow.create", problems, "invalid_definition")


def test_namespaces_as_records_name_them():
    assert scopes(None, []) == ("",)
    assert scopes(["plant", "main", "plant"], []) == ("plant", "")


@pytest.mark.parametrize("given", [[], "main", [5], ["plant"], ["main"] * 101, {}])
def test_what_is_no_list_with_nsfilter_in_it(given):
    problems = []
    scopes(given, problems)
    assert problems and problems[0].path == "/_namespaces"


@pytest.mark.parametrize(
    ("name", "code"), [("seen", ""), ("hidden", "namespace_forbidden"), ("foreign", "namespace_forbidden"),
                       ("nowhere", "namespace_forbidden")]
)  # fmt: skip
def test_the_permission_is_needed_in_each(name, code):
    with pytest.raises(Forbidden) as caught:
        scopes(["main", name], [])
    assert caught.value.code == code
