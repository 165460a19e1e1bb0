from __future__ import annotations

from weft.api.cwm.secrets import secret_body, type_body
from weft.domain.secrets import Secret, SecretType


def test_no_value_goes_out():
    record = Secret(id="s", type="t", sealed=b"hunter2", created_at=1, updated_at=1)
    assert secret_body(record) == {"secretId": "s", "secretType": "t"}


def test_types():
    assert type_body(SecretType(id="t", schema={}, description="d")) == {
        "secretTypeId": "t", "description": "d", "schema": {},
    }  # fmt: skip
