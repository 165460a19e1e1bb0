"""Logging in to a Haystack server: HELLO, then SCRAM or, over TLS only, PLAINTEXT; the token is used as BEARER.

The handshake is that of Project Haystack's authentication: each step is a request for `about`, whose `Authorization`
carries it, answered by 401 with `WWW-Authenticate`, and at the end by 200 with `Authentication-Info`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AttemptFailed, refused_login
from weft.connectors.web_call import WebAnswer, WebCall, demand_success, send

HASHES: Final = {"sha-256": "sha256", "sha-512": "sha512"}
MOST_ROUNDS: Final = 1_000_000
NONCE_BYTES: Final = 18
_PAIR = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*"?([^\s,"]+)"?')
_SCHEME = re.compile(r"(?:^|[\s,])(scram|plaintext)(?=\s|,|$)", re.IGNORECASE)


class Handshake:
    """The messages of one SCRAM exchange (RFC 5802, without channel binding). Pure."""

    def __init__(self, username: str, password: str, nonce: str, algorithm: str = "sha256") -> None:
        self._password = password
        self._nonce = nonce
        self._algorithm = algorithm
        self._bare = f"n={username.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        self._signature = b""

    def first(self) -> str:
        """The client's first message."""
        return f"n,,{self._bare}"

    def final(self, server_first: str) -> str:
        """The client's second message. Raises AttemptFailed for a server's message that cannot be trusted."""
        given = {part[:1]: part[2:] for part in server_first.split(",") if part[1:2] == "="}
        nonce, rounds = given.get("r", ""), given.get("i", "")
        try:
            salt = base64.b64decode(given.get("s", ""), validate=True)
        except (binascii.Error, ValueError):
            salt = b""
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce) or not salt:
            raise refused_login("the server's login message cannot be trusted")
        if not rounds.isdigit() or not 0 < int(rounds[:9]) <= MOST_ROUNDS:
            raise refused_login("the server asks for an unreasonable number of rounds")
        salted = hashlib.pbkdf2_hmac(self._algorithm, self._password.encode(), salt, int(rounds))
        without_proof = f"c=biws,r={nonce}"
        signed = f"{self._bare},{server_first},{without_proof}".encode()
        client_key = self._mac(salted, b"Client Key")
        proof = self._mac(hashlib.new(self._algorithm, client_key).digest(), signed)
        self._signature = self._mac(self._mac(salted, b"Server Key"), signed)
        mixed = bytes(one ^ other for one, other in zip(client_key, proof, strict=True))
        return f"{without_proof},p={base64.b64encode(mixed).decode()}"

    def verify(self, server_final: str) -> bool:
        """Whether the server has shown that it knows the password too."""
        value = server_final.removeprefix("v=").partition(",")[0]
        return hmac.compare_digest(value.encode(), base64.b64encode(self._signature))

    def _mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._algorithm).digest()


async def login(attempt: Attempt, about: WebCall, username: str, password: str) -> str:
    """The token for this user. `about` is a request for the operation of that name.

    Raises AttemptFailed, not to be retried where the credentials are refused.
    """
    hello = await _step(attempt, about, f"HELLO username={encoded(username)}")
    scheme, facts = challenge(hello)
    if scheme == "plaintext":
        return await _plaintext(attempt, about, username, password)
    algorithm = HASHES.get(facts.get("hash", "SHA-256").lower())
    if scheme != "scram" or algorithm is None:
        raise refused_login(f"the server offers no way to log in that is known here ({hello.status})")
    nonce = base64.b64encode(attempt.around.ids.token(NONCE_BYTES)).decode().rstrip("=")
    shake = Handshake(username, password, nonce, algorithm)
    first = await _step(attempt, about, _scram(facts, shake.first()))
    scheme, facts = challenge(first)
    if scheme != "scram":
        raise refused_login(f"the server refuses the login ({first.status})")
    final = await asyncio.to_thread(shake.final, decoded(facts.get("data", "")))
    done = await _step(attempt, about, _scram(facts, final))
    if done.status in (400, 401, 403):
        raise refused_login("the server refuses user name or password")
    demand_success(attempt, about, done)
    info = pairs(done.headers.get("authentication-info", ""))
    if not shake.verify(decoded(info.get("data", ""))):
        raise refused_login("the server did not show that it knows the password")
    return _token(info)


async def _plaintext(attempt: Attempt, about: WebCall, username: str, password: str) -> str:
    if not about.url.startswith("https:"):
        raise refused_login("the server wants the password in the clear: that is done over https only")
    done = await _step(attempt, about, f"PLAINTEXT username={encoded(username)}, password={encoded(password)}")
    if done.status in (400, 401, 403):
        raise refused_login("the server refuses user name or password")
    demand_success(attempt, about, done)
    return _token(pairs(done.headers.get("authentication-info", "")))


async def _step(attempt: Attempt, about: WebCall, authorization: str) -> WebAnswer:
    call = WebCall(
        "GET",
        about.url,
        {"authorization": authorization, "accept": "text/zinc"},
        timeout_s=about.timeout_s,
        hosts=about.hosts,
        insecure=about.insecure,
    )
    answer = await send(attempt, call)
    if answer.status >= 500 or answer.status == 429:
        demand_success(attempt, call, answer)
    return answer


def challenge(answer: WebAnswer) -> tuple[str, Mapping[str, str]]:
    """The scheme (lower case) and the members of a `WWW-Authenticate` header; SCRAM where several are offered."""
    header = answer.headers.get("www-authenticate", "")
    if answer.status != 401:
        return "", {}
    found = {match[1].lower(): match.end() for match in _SCHEME.finditer(header)}
    if "scram" in found:
        return "scram", pairs(header[found["scram"] :])
    return ("plaintext", {}) if "plaintext" in found else ("", {})


def pairs(text: str) -> dict[str, str]:
    """`name=value` members of a header; the first of a name counts."""
    found: dict[str, str] = {}
    for name, value in _PAIR.findall(text):
        found.setdefault(name, value)
    return found


def _scram(facts: Mapping[str, str], message: str) -> str:
    token = facts.get("handshakeToken")
    start = f"handshakeToken={token}, " if token else ""
    return f"SCRAM {start}data={encoded(message)}"


def _token(info: Mapping[str, str]) -> str:
    token = info.get("authToken", "")
    if not token:
        raise AttemptFailed("HAYSTACK", "the server gave no token after the login")
    return token


def encoded(text: str) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(text: str) -> str:
    """The text of such Base64; "" for what is none."""
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
