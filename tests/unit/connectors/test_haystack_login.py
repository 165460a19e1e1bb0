"""The handshake of a login, message by message; logins as a whole: test_haystack.py."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.haystack_login import Handshake, challenge, decoded, encoded, pairs
from weft.connectors.web_call import WebAnswer


def test_the_exchange_of_the_standard():
    """The example of RFC 7677."""
    shake = Handshake("user", "pencil", "rOprNGfwEbeRWgbNEkqO")
    assert shake.first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    final = shake.final(f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    assert final == f"c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert shake.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") and not shake.verify("v=AAAA")


@pytest.mark.parametrize(
    "message", ["r=other,s=AAAA,i=4096", "r=abc1,s=,i=1", "r=abc1,s=AAAA,i=9999999", "", "r=abc,s=AAAA,i=1"]
)
def test_a_server_s_message_that_cannot_be_trusted(message):
    with pytest.raises(AttemptFailed):
        Handshake("u", "p", "abc").final(message)


def test_challenges():
    def told(text: str, status: int = 401):
        return challenge(WebAnswer(status, "", {"www-authenticate": text}, b""))

    assert told('Basic realm="x", scram hash=SHA-256, handshakeToken=abc') == (
        "scram",
        {"hash": "SHA-256", "handshakeToken": "abc"},
    )
    assert told("Plaintext") == ("plaintext", {}) and told("Basic") == ("", {}) and told("scram", 200) == ("", {})


def test_texts_in_headers():
    assert decoded(encoded("n=é,r=1")) == "n=é,r=1" and decoded("!") == ""
    assert pairs("a=1, b=2, a=3") == {"a": "1", "b": "2"}
    assert pairs("authToken=web-1, data=eA==") == {"authToken": "web-1", "data": "eA=="}
