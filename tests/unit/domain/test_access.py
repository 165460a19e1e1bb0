import pytest

from weft.domain.access import BUNDLES, PERMISSIONS, SERVER_WIDE_PERMISSIONS, SYSTEM, Principal, Scope, subject_id
from weft.domain.errors import Forbidden


def test_deny_by_default():
    nobody = Principal(name="n")
    for noun, verbs in PERMISSIONS.items():
        for verb in verbs:
            assert not nobody.may(f"{noun}.{verb}")
    with pytest.raises(Forbidden, match=r"n lacks permission job\.list"):
        nobody.require("job.list")


def test_granted_and_superuser():
    reader = Principal(name="r", permissions=frozenset({"job.list"}))
    reader.require("job.list")
    assert not reader.may("job.create")
    SYSTEM.require("anything.at-all")


HERE = Scope(
    permissions=frozenset({"job.list"}),
    member=True,
    roles=("looker",),
    namespaces={"lab": frozenset({"job.create"})},
    namespace_roles={"lab": ("starter",)},
)
ONLY_LAB = Scope(namespaces={"lab": frozenset({"job.create"})}, namespace_roles={"lab": ("starter",)})


def test_within_adds_what_is_held_in_the_namespace():
    someone = Principal(name="s", tenant="home", scopes={"acme": HERE})
    whole, lab, other = (someone.within("acme", name) for name in (None, "lab", "other"))
    assert (whole.tenant, whole.permissions, whole.roles) == ("acme", {"job.list"}, ("looker",))
    assert (lab.permissions, lab.roles) == ({"job.list", "job.create"}, ("looker", "starter"))
    assert (other.permissions, other.roles) == ({"job.list"}, ("looker",))
    assert someone.within("home") is None
    assert someone.within("elsewhere") is None


def test_within_one_namespace_only():
    someone = Principal(name="s", scopes={"acme": ONLY_LAB})
    assert someone.within("acme", "other") is None
    assert someone.within("acme", "") is None
    assert someone.within("acme").permissions == frozenset()
    assert someone.within("acme", "lab").permissions == {"job.create"}


def test_a_superuser_is_one_in_its_tenant_only_and_the_operator_everywhere():
    boss = Principal(name="b", scopes={"acme": Scope(superuser=True, member=True), "other": HERE})
    assert boss.within("acme", "any").superuser
    assert not boss.within("other").superuser
    operator = Principal(name="o", superuser=True, operator=True, scopes={"other": HERE})
    for tenant in ("acme", "other"):
        assert operator.within(tenant, "lab").superuser


def test_what_belongs_to_the_server_is_changed_from_the_default_tenant_only():
    boss = Principal(name="b", tenant="acme", superuser=True)
    for permission in SERVER_WIDE_PERMISSIONS:
        assert not boss.may(permission)
        assert Principal(name="b", superuser=True).may(permission)
        assert Principal(name="b", tenant="acme", superuser=True, operator=True).may(permission)
    assert boss.may("adapter.list")
    with pytest.raises(Forbidden):
        boss.require_server("administration.read")
    Principal(name="b", superuser=True).require_server("administration.read")


def test_bundles_stand_for_permissions_that_exist():
    known = {f"{noun}.{verb}" for noun, verbs in PERMISSIONS.items() for verb in verbs}
    assert {name for names in BUNDLES.values() for name in names} <= known
    assert not set(BUNDLES) & known
    assert known >= SERVER_WIDE_PERMISSIONS


def test_subjects_are_uuids_for_good():
    assert subject_id("client:3C90C3CC-0D44-4B50-8888-8DD25736052A") == "3c90c3cc-0d44-4b50-8888-8dd25736052a"
    assert subject_id("ann") == subject_id("ann") == Principal(name="ann").subject
    assert len({subject_id("ann"), subject_id("key:ann"), subject_id("client:ann")}) == 3


def test_who_may_change_a_thing_may_learn_that_there_is_none():
    one = Principal(name="a", permissions=frozenset({"job.create"}))
    assert one.seeing("job.get").may("job.get") and one.seeing("job.get").may("job.create") and not one.may("job.get")
