from __future__ import annotations

import pytest

from weft.domain.payloads import DEFAULT_TYPE, content_type_of, payload_refs

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "output",
    [
        {"_payload": {"_size": 1, "_contentType": "text/x", "_sha256": DIGEST}},
        {"payload": {"size": 1, "contentType": "text/x", "sha256": DIGEST}},
        {"response": {}, "_payload": {"_size": 1, "_contentType": "text/x", "_sha256": DIGEST}},
    ],
)
def test_what_an_output_names(output):
    (found,) = payload_refs(output)
    assert (found.digest, found.content_type) == (DIGEST, "text/x")


@pytest.mark.parametrize(
    "output",
    [
        None,
        [],
        {"sha256": DIGEST},
        {"size": 1, "sha256": "../etc"},
        {"size": 1, "sha256": DIGEST.upper()},
        {"a": {"b": {"c": {"size": 1, "sha256": DIGEST}}}},
    ],
)
def test_what_names_nothing(output):
    assert list(payload_refs(output)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("", DEFAULT_TYPE),
        ("text/html\r\nX: y", DEFAULT_TYPE),
        ("nothing", DEFAULT_TYPE),
        ("a/" + "b" * 300, DEFAULT_TYPE),
    ],
)
def test_content_types(text, kind):
    assert content_type_of(text) == kind
    (found,) = payload_refs({"size": 1, "sha256": DIGEST, "contentType": text})
    assert found.content_type == kind
