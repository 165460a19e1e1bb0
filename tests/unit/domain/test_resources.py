from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.resources import ResourceType, check_resource, event_protocol

TYPE = ResourceType(id="t", schema={"type": "object", "required": ["host"]})


def test_values_fit_the_type():
    assert check_resource(TYPE, {"host": "h"}) == {"host": "h"}
    with pytest.raises(Invalid) as refused:
        check_resource(TYPE, {})
    assert refused.value.details == ("/host: is required",)
    with pytest.raises(Invalid):
        check_resource(TYPE, [])


def test_protocols():
    assert event_protocol("system.event.http.v1.0.0") == "http"
    assert event_protocol("generic.rest.resource.v1.0.0") == ""
