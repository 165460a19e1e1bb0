from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.secrets import Secret, SecretType, check_secret, context_of

TYPE = SecretType(id="t", schema={"type": "object", "properties": {"token": {"type": "string", "maxLength": 3}}})


def test_errors_name_fields_only():
    assert check_secret(TYPE, {"token": "abc"}) == {"token": "abc"}
    with pytest.raises(Invalid) as refused:
        check_secret(TYPE, {"token": "hunter2"})
    assert refused.value.details == ("/token: does not fit the schema (maxLength)",)
    with pytest.raises(Invalid):
        check_secret(TYPE, "hunter2")


def test_it_is_safe_to_print():
    secret = Secret(id="a", type="t", sealed=b"sealed bytes", created_at=1, updated_at=1)
    assert "sealed bytes" not in repr(secret)
    assert context_of("a") == "secret/a"
