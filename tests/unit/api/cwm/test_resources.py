from __future__ import annotations

import msgspec
import pytest

from weft.api.cwm.resources import read_resource, resource_body
from weft.domain.errors import Invalid
from weft.domain.resources import Resource


def test_both_names_of_the_type():
    assert read_resource({"resourceType": "t"}).type == "t"
    assert read_resource({"ResourceTypeId": "t"}).type == "t"
    assert read_resource({"resourceType": "t", "resourceTypeId": "t"}).type == "t"
    with pytest.raises(Invalid):
        read_resource({"resourceType": "t", "resourceTypeId": "u"})


def test_absent_and_null_members():
    draft = read_resource({})
    assert draft.id is draft.type is draft.secret is draft.values is msgspec.UNSET
    assert read_resource({"secretId": None}).secret == ""
    assert read_resource({"secretId": "s"}).secret == "s"
    with pytest.raises(Invalid):
        read_resource([])


def test_users_values_keep_their_keys():
    assert read_resource({"resource": {"HOST": 1, "host": 2}}).values == {"HOST": 1, "host": 2}


def test_answer():
    record = Resource(id="r", type="t", values={"a": 1}, created_at=0, updated_at=0)
    assert resource_body(record) == {
        "resourceId": "r", "resourceType": "t", "resourceTypeId": "t", "secretId": "", "resource": {"a": 1},
    }  # fmt: skip
