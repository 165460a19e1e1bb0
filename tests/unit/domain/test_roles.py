from __future__ import annotations

import pytest

from weft.domain.access import PERMISSIONS, Principal
from weft.domain.errors import Forbidden, Invalid
from weft.domain.roles import (
    ALL_PERMISSIONS,
    BUILT_IN,
    NAMESPACE_PERMISSIONS,
    check_grant,
    check_permissions,
    check_role_id,
)


def test_role_ids():
    assert check_role_id("permission/Ops_1.a-b") == "Ops_1.a-b"
    for text in ("", "a b", "a/b", "x" * 65, "permission/", "é"):
        with pytest.raises(Invalid):
            check_role_id(text)


def test_permissions_are_sorted_and_distinct():
    assert check_permissions(["job.list", "job.get", "job.list"]) == ("job.get", "job.list")
    assert check_permissions(["event.*"]) == ("event.receive",)
    assert len(ALL_PERMISSIONS) == sum(len(verbs) for verbs in PERMISSIONS.values())


@pytest.mark.parametrize("name", ["", "job", "job.", ".list", "job.fly", "x.*", "*", "*.*"])
def test_unknown_permissions_are_named(name):
    with pytest.raises(Invalid) as refused:
        check_permissions(["job.list", name])
    assert refused.value.details == (f"unknown permission {name}",)


def test_grants():
    someone = Principal(name="x", permissions=frozenset({"job.list"}))
    check_grant(someone, ["r"], ["job.list"])
    for roles, permissions in ((["admin"], []), ([], ["job.get"])):
        with pytest.raises(Forbidden):
            check_grant(someone, roles, permissions)
    check_grant(Principal(name="root", superuser=True), ["admin"], ["job.get"])


def test_bundles_are_replaced_by_what_they_stand_for():
    assert check_permissions(["job.start"]) == ("job.create",)
    assert set(check_permissions(["schedule.write", "schedule.read"])) == set(check_permissions(["schedule.*"]))


def test_built_in_roles():
    assert set(BUILT_IN) == {"admin", "author", "operator", "viewer"}
    held = {name: set(role.permissions) for name, role in BUILT_IN.items()}
    assert held["operator"] <= held["author"] <= held["admin"] == set(ALL_PERMISSIONS)
    writing = ("create", "update", "delete", "control", "complete", "upload", "cancel", "terminate")
    assert not [name for name in held["viewer"] if name.endswith(writing)]
    assert not [name for name in held["author"] if name.startswith(("administration.", "policy.", "adapter."))]
    assert {"run.control", "job.create", "task.complete"} <= held["operator"]
    assert "workflow.create" not in held["operator"]


def test_nobody_administers_from_inside_a_namespace():
    assert {name for name in ALL_PERMISSIONS if name.startswith("administration.")} == (
        ALL_PERMISSIONS - NAMESPACE_PERMISSIONS
    )
