from __future__ import annotations

import pytest

from weft.domain.clients import Client, check_client_id, check_secret
from weft.domain.errors import Invalid


def test_a_client_is_a_principal_of_its_own_name():
    assert Client(id="importer", owner="acme", secret_id="s").name == "client:importer"


@pytest.mark.parametrize(
    ("disabled", "expires_at", "usable"), [(False, 0, True), (True, 0, False), (False, 9, False), (False, 10, True)]
)
def test_usable_is_neither_disabled_nor_expired(disabled, expires_at, usable):
    client = Client(id="a", owner="acme", secret_id="s", disabled=disabled, expires_at=expires_at)
    assert client.usable(9) is usable


@pytest.mark.parametrize("text", ["", "a:b", "a/b", "a b", "é", "x" * 129, "a\n", "a%b", "a&b"])
def test_ids(text):
    assert check_client_id("Importer_1.a-b@x+~") == "Importer_1.a-b@x+~"
    with pytest.raises(Invalid):
        check_client_id(text)


@pytest.mark.parametrize("text", ["", "short", "x" * 1025, "with blank", "tab\there", "pässword"])
def test_chosen_secrets(text):
    assert check_secret("s3cr3t") == "s3cr3t"
    with pytest.raises(Invalid):
        check_secret(text)
