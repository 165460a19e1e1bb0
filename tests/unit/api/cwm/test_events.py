from __future__ import annotations

from types import SimpleNamespace

import pytest

from weft.api.cwm.events import read_request
from weft.domain.errors import Invalid

GOOD = b'{"specversion": "1.0", "id": "1", "type": "t", "source": "s"}'
HEADERS = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t", "ce-source": "s"}


def test_both_modes():
    assert read_request(SimpleNamespace(headers={}), GOOD)["id"] == "1"
    assert read_request(SimpleNamespace(headers=HEADERS), b"[1]")["data"] == [1]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b'{"id": "1", "id": "2"}'])
def test_no_event(raw):
    with pytest.raises(Invalid):
        read_request(SimpleNamespace(headers={}), raw)


@pytest.mark.parametrize("media", ["application/cloudevents-batch+json", "Application/CloudEvents-Batch+JSON; a=b"])
def test_a_batch_is_refused(media):
    with pytest.raises(Invalid, match="one event per request"):
        read_request(SimpleNamespace(headers={"content-type": media}), GOOD)
