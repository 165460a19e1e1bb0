from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.services.payload_attributes import check_attributes, evaluate


def test_values():
    attributes = {"Severity": ".alarm.severity", "count": ".items | length", "none": ".x", "fails": ".alarm.severity.x"}
    data = {"alarm": {"severity": "major"}, "items": [1, 2]}
    assert evaluate(attributes, data, 0) == {"severity": "major", "count": 2}


def test_an_endless_one_ends():
    assert evaluate({"a": "[range(1e12)] | length", "b": "1"}, {}, 0) == {"b": 1}


@pytest.mark.parametrize("attributes", [{"a": ""}, {"a": "}{"}, {"": "."}, {"a": None}, {"a": "." * 5000}])
def test_refused(attributes):
    with pytest.raises(Invalid):
        check_attributes(attributes)
    with pytest.raises(Invalid):
        check_attributes({str(n): "." for n in range(21)})


def test_good_ones_are_kept():
    assert check_attributes({"a": ".b"}) == {"a": ".b"}
