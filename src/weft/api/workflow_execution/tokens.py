"""The token endpoint: an id and a secret of a client give an access token (OAuth 2.0 client credentials).

`POST /api/authentication/connect/token` with a form. It alone answers without the envelope: a success has exactly
`access_token, expires_in, token_type, scope`, a failure the one member `error`. `scope` may be any text and is given
back; what a client may do comes from its roles. Other fields are ignored.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from weft.domain.errors import Invalid, Malformed, Refusal
from weft.services.clients import Clients
from weft.web.forms import media_type, parse_urlencoded
from weft.web.operations import Answer, Call, Dialect, Operation
from weft.web.refusals import status_of

MOUNT: Final = "/api/authentication"
MAX_FORM: Final = 64 * 1024
DEFAULT_SCOPE: Final = "workflow_api"
_READ: Final = ("client_id", "client_secret", "grant_type", "scope")
_WORDS: Final = {429: "too_many_requests", 500: "server_error", 503: "temporarily_unavailable"}
_ERROR: Final[Mapping[str, Any]] = {
    "type": "object", "required": ["error"], "properties": {"error": {"type": "string"}},
    "additionalProperties": False,
}  # fmt: skip
_FORM: Final[Mapping[str, Any]] = {
    "type": "object",
    "x-media": "application/x-www-form-urlencoded",
    "required": ["grant_type"],
    "properties": {name: {"type": "string"} for name in _READ},
}


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expires_in` is in seconds."""

    access_token: str
    expires_in: int
    token_type: str
    scope: str


class Refused(Invalid):
    """A request that the endpoint answers with one word."""

    def __init__(self, error: str, *, challenge: bool = False) -> None:
        super().__init__(error, code=error)
        self.challenge = challenge


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """`{"error": word}`."""
    if isinstance(refusal, Refused):
        if refusal.challenge:
            return Answer(status=401, body={"error": refusal.code}, headers={"WWW-Authenticate": "Basic"})
        return Answer(status=400, body={"error": refusal.code})
    status = status_of(refusal)
    headers = {"Retry-After": str(refusal.retry_after or 60)} if status in (429, 503) else {}
    return Answer(status=status, body={"error": _WORDS.get(status, "invalid_request")}, headers=headers)


class TokenEndpoint:
    """The one call."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def create(self, call: Call) -> Answer:
        fields = await _fields(call)
        basic = call.headers.get("authorization")
        by_header = basic is not None and basic.strip().partition(" ")[0].lower() == "basic"
        if by_header:
            if "client_id" in fields or "client_secret" in fields:
                raise Refused("invalid_request")
            client_id, secret = _basic(basic or "")
        else:
            client_id, secret = fields.get("client_id", ""), fields.get("client_secret", "")
            if not client_id or not secret:
                raise Refused("invalid_request")
        if not fields.get("grant_type"):
            raise Refused("invalid_request")
        if fields["grant_type"] != "client_credentials":
            raise Refused("unsupported_grant_type")
        scope = fields.get("scope") or DEFAULT_SCOPE
        try:
            issued = await self._clients.token(client_id, secret, scope=scope, address=call.address)
        except Refusal as cause:
            if cause.kind != "unauthenticated":
                raise
            raise Refused("invalid_client", challenge=by_header) from None
        return Answer(body=Token(issued.text, issued.expires_in_s, "Bearer", scope))


async def _fields(call: Call) -> dict[str, str]:
    """The fields that are read. Raises Refused for another content type and for a field that is there twice."""
    if media_type(call.headers.get("content-type", "")) != "application/x-www-form-urlencoded":
        raise Refused("invalid_request")
    try:
        given = parse_urlencoded((await call.raw()).decode())
    except (UnicodeDecodeError, Malformed):
        raise Refused("invalid_request") from None
    found: dict[str, str] = {}
    for name in _READ:
        values = given.get(name)
        if values is not None:
            if len(values) > 1:
                raise Refused("invalid_request")
            found[name] = values[0]
    return found


def _basic(header: str) -> tuple[str, str]:
    """Id and secret of a Basic header; each may be percent-encoded, as OAuth asks. Raises Refused."""
    try:
        text = base64.b64decode(header.strip().partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused("invalid_client", challenge=True) from None
    client_id, colon, secret = text.partition(":")
    if not colon or not client_id:
        raise Refused("invalid_client", challenge=True)
    return unquote(client_id), unquote(secret)


def dialect(clients: Clients) -> Dialect:
    """The endpoint; its path is matched without regard to case."""
    endpoint = TokenEndpoint(clients)
    operation = Operation(
        method="POST", path="connect/token", name="connectToken", permission=None,
        summary="An access token from the credentials of a client", handler=endpoint.create, request=_FORM,
        responses={200: Token, 400: _ERROR, 401: _ERROR, 413: _ERROR, 429: _ERROR}, group="token", max_body=MAX_FORM,
    )  # fmt: skip
    return Dialect(
        name="workflow-execution-token", title="Weft access tokens", mounts={"token": MOUNT},
        operations=(operation,), refuse=refuse, max_depth=16, fold_case=True,
    )  # fmt: skip
