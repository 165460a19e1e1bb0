import pytest

from weft.domain.access import PERMISSIONS, SYSTEM, Principal
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
