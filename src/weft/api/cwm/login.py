"""Ticket login: a form with user and password gives a ticket, a ticket gives a bearer token.

Bodies are raw text without quotes, so that a client that reads the body and one that reads `Location` both succeed.
The form's fields may also come as query parameters (which a setting refuses) or as JSON. `service` is recorded and
neither checked nor required.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from weft.domain.errors import Invalid, Refusal
from weft.services.access_tickets import Tickets
from weft.web.operations import Answer, Call, Dialect, Operation, Parameter
from weft.web.refusals import status_of

TEXT = "text/plain; charset=utf-8"
MOUNT = "/crosswork/sso"
MAX_FORM = 64 * 1024
_FORM: Mapping[str, Any] = {"type": "object", "x-media": "application/x-www-form-urlencoded"}
_TEXT_SCHEMA: Mapping[str, Any] = {"type": "string", "x-media": "text/plain"}


class LoginServices(msgspec.Struct, frozen=True):
    """What the login needs. `query_credentials` false refuses fields in the query."""

    tickets: Tickets
    query_credentials: bool = True


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """`{"code", "message", "detail"}`, as everywhere in this API."""
    status = status_of(refusal)
    body = {"code": status, "message": refusal.message, "detail": "; ".join(refusal.details)}
    return Answer(status=status, body=body)


class Login:
    """The four calls. A missing field is 400, wrong credentials 401, an unknown ticket 404."""

    def __init__(self, services: LoginServices) -> None:
        self._tickets = services.tickets
        self._query_credentials = services.query_credentials

    async def create(self, call: Call) -> Answer:
        fields = await self._fields(call, ("username", "password"))
        ticket = await self._tickets.login(fields["username"], fields["password"], call.address)
        location = f"{call.base_url}{MOUNT}/v1/tickets/{ticket}"
        return Answer(status=201, body=ticket, media=TEXT, headers={"Location": location})

    async def token(self, call: Call) -> Answer:
        fields = await self._fields(call, ("service",))
        return await self._token(call.path["ticket"], fields["service"])

    async def token_by_form(self, call: Call) -> Answer:
        fields = await self._fields(call, ("tgt", "service"))
        return await self._token(fields["tgt"], fields["service"])

    async def end(self, call: Call) -> Answer:
        await self._tickets.end(call.path["ticket"])
        return Answer(status=200, body="", media=TEXT)

    async def _token(self, ticket: str, service: str) -> Answer:
        return Answer(status=200, body=await self._tickets.token(ticket, service), media=TEXT)

    async def _fields(self, call: Call, names: tuple[str, ...]) -> dict[str, str]:
        given = dict(await call.form())
        for name in names:
            if name not in given and call.query.get(name):
                if not self._query_credentials and name != "service":
                    raise Invalid(f"{name} is not read from the query on this server; send it in the body")
                given[name] = call.query[name][-1]
        for name in names:
            if name != "service" and not given.get(name):
                raise Invalid(f"{name} is missing")
        return {name: given.get(name, "") for name in names}


def dialect(services: LoginServices) -> Dialect:
    """The login calls under `/crosswork/sso`."""
    login = Login(services)
    errors = {400: _TEXT_SCHEMA, 404: _TEXT_SCHEMA}

    def form(*names: str) -> Mapping[str, Any]:
        required = [name for name in names if name != "service"]
        return {**_FORM, "required": required, "properties": {name: {"type": "string"} for name in names}}

    ticket = Parameter("ticket", "path", "The ticket, `TGT-…`")
    operations = (
        Operation(
            method="POST", path="v1/tickets", name="createTicket", permission=None, summary="Log in",
            handler=login.create, request=form("username", "password"), group="login", max_body=MAX_FORM,
            responses={201: _TEXT_SCHEMA, 400: _TEXT_SCHEMA, 401: _TEXT_SCHEMA},
        ),
        Operation(
            method="POST", path="v1/tickets/{ticket}", name="createToken", permission=None,
            summary="A bearer token from a ticket", handler=login.token, request=form("service"), group="login",
            parameters=(ticket,), max_body=MAX_FORM, responses={200: _TEXT_SCHEMA, **errors},
        ),
        Operation(
            method="POST", path="v2/tickets/jwt", name="createTokenByForm", permission=None,
            summary="A bearer token from a ticket", handler=login.token_by_form, request=form("tgt", "service"),
            group="login", max_body=MAX_FORM, responses={200: _TEXT_SCHEMA, **errors},
        ),
        Operation(
            method="DELETE", path="v1/tickets/{ticket}", name="endTicket", permission=None,
            summary="End a ticket and its tokens", handler=login.end, group="login", parameters=(ticket,),
            max_body=MAX_FORM, responses={200: _TEXT_SCHEMA, 404: _TEXT_SCHEMA},
        ),
    )  # fmt: skip
    return Dialect(
        name="cwm-login", title="Crosswork single sign-on", mounts={"sso": MOUNT}, operations=operations, refuse=refuse,
        max_depth=16,
    )  # fmt: skip
