from __future__ import annotations

import pytest

from weft.api.cwm.workflow_transfer import read_wanted
from weft.domain.errors import Invalid
from weft.services.workflow_transfer import Wanted


def test_forms():
    assert read_wanted({}) == read_wanted([]) == []
    found = read_wanted(["a", {"NAME": "n", "version": "1"}, {"workflowId": "b"}])
    assert found == [Wanted("a"), Wanted(name="n", version="1"), Wanted("b")]


@pytest.mark.parametrize("body", [{"a": 1}, [7], [""], [{"name": "n"}], [{}], "x"])
def test_refused(body):
    with pytest.raises(Invalid):
        read_wanted(body)
