"""Callback states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FORM = [{"name": "form", "type": "cwm.forms.x", "source": "system.internal.cwm"}]


def callback(**parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "callback", "action": {"functionRef": "f"}, "eventRef": "e", "end": True, **parts}]


def test_plain(spec: Callable[..., Any]) -> None:
    work = spec(callback()).work
    assert (work.body >= 0, work.event.name, work.form) == (True, "e", "")


@pytest.mark.parametrize(
    ("data", "has_id", "has_payload"),
    [
        ("${ {device: .device} }", False, True),
        ({"device": "${ .device }"}, False, True),
        ({"formId": "f", "payload": {"a": 1}}, True, True),
        ("cwm.forms.other", True, False),
        (None, False, False),
    ],
)
def test_forms(spec: Callable[..., Any], data: Any, has_id: bool, has_payload: bool) -> None:
    metadata = {} if data is None else {"formData": data}
    work = spec(callback(eventRef="form", metadata=metadata), "cwm", events=FORM).work
    assert work.form == "cwm.forms.x"
    assert (work.form_id is not None, work.payload is not None, work.title is not None) == (has_id, has_payload, True)


def test_a_form_is_none_elsewhere(spec: Callable[..., Any]) -> None:
    assert spec(callback(eventRef="form"), "v08", events=FORM).work.form == ""


def test_an_event_that_is_none(codes: Callable[..., Any]) -> None:
    assert codes(callback(eventRef="x")) == {("ref-event", "/states/0/eventRef")}
