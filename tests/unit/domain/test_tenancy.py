from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.tenancy import (
    Namespace,
    Tenant,
    check_namespace_id,
    check_tenant_id,
    check_uuid,
    ids_of,
    scope_of,
)

UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
ACME = Tenant(id="acme", uuid=UUID, default_namespace="acme-main")


def test_the_default_namespace_is_empty_in_records():
    assert Namespace(id="acme-main", owner="acme", default=True).scope == ""
    assert Namespace(id="lab", owner="acme").scope == "lab"
    assert [scope_of(ACME, name) for name in ("", "acme-main", "lab")] == ["", "", "lab"]
    assert ids_of(ACME, ("", "lab")) == ("acme-main", "lab")


@pytest.mark.parametrize("text", ["", "A", "-a", "_a", "a b", "a.b", "a" * 64, "é", "a\n"])
def test_tenant_ids(text):
    assert check_tenant_id("a-b_9") == "a-b_9"
    with pytest.raises(Invalid):
        check_tenant_id(text)


@pytest.mark.parametrize("text", ["", "-a", "a,b", "a/b", "a.b", "a" * 129, "a\n"])
def test_namespace_ids(text):
    assert check_namespace_id("A-b_9" * 25) == "A-b_9" * 25
    with pytest.raises(Invalid):
        check_namespace_id(text)


@pytest.mark.parametrize("text", ["", "abc", UUID[:-1], UUID.replace("-", ""), UUID + "\n", "g" + UUID[1:]])
def test_uuids_are_kept_in_lower_case(text):
    assert check_uuid(UUID.upper()) == UUID
    with pytest.raises(Invalid):
        check_uuid(text)
