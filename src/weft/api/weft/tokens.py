"""API keys: list, create, get, change and remove. The key itself is shown once, in the answer that makes it."""

from __future__ import annotations

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import (
    TokenCreate,
    TokenCreated,
    TokenList,
    TokenPatch,
    TokenView,
    read,
    time_ms,
    token_created,
    token_view,
    wanted,
    wanted_or_none,
)
from weft.services.access_keys import ApiKeys, KeyChange
from weft.services.access_rights import READ, WRITE
from weft.services.tenants import Tenants
from weft.web.operations import Answer, Call, Operation

GROUP = "tokens"


def operations(keys: ApiKeys, tenants: Tenants) -> tuple[Operation, ...]:
    """The operations of this noun. `{token}` is an API key's id or name."""

    async def list_tokens(call: Call) -> Answer:
        return Answer(body=TokenList([token_view(key, tenants) for key in await keys.list(call.principal)]))

    async def get_token(call: Call) -> Answer:
        return Answer(body=token_view(await keys.get(call.principal, call.path["token"]), tenants))

    async def create_token(call: Call) -> Answer:
        given = await read(call, TokenCreate)
        key, secret = await keys.create(
            call.principal, given.name, given.roles, time_ms(given.expires_at), wanted(given.grants)
        )
        return Answer(status=201, body=token_created(key, secret, tenants))

    async def change_token(call: Call) -> Answer:
        patch = await read(call, TokenPatch)
        change = KeyChange(
            roles=patch.roles,
            expires_at=time_ms(patch.expires_at),
            disabled=patch.disabled,
            grants=wanted_or_none(patch.grants),
        )
        return Answer(body=token_view(await keys.change(call.principal, call.path["token"], change), tenants))

    async def delete_token(call: Call) -> Answer:
        await keys.delete(call.principal, call.path["token"])
        return Answer(status=204, empty=True)

    return (
        declare("GET", "tokens", "listTokens", READ, "All API keys", list_tokens, GROUP, {200: TokenList}),
        declare(
            "POST", "tokens", "createToken", WRITE, "Make an API key", create_token, GROUP, {201: TokenCreated},
            TokenCreate,
        ),
        declare("GET", "tokens/{token}", "getToken", READ, "One API key", get_token, GROUP, {200: TokenView}),
        declare(
            "PATCH", "tokens/{token}", "changeToken", WRITE, "Change an API key, or disable it",
            change_token, GROUP, {200: TokenView}, TokenPatch,
        ),
        declare(
            "DELETE", "tokens/{token}", "deleteToken", WRITE, "Remove an API key", delete_token, GROUP, {204: None}
        ),
    )  # fmt: skip
