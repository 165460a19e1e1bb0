from __future__ import annotations

import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from weft.domain.errors import Unauthenticated
from weft.domain.tokens import SigningKey, Ticket
from weft.domain.users import User
from weft.services.access_signing import TokenSigner

pytestmark = pytest.mark.anyio
USER = User(name="ops", password_hash="", roles=("a", "b"), first_name="Olga", last_name="P")


@pytest.fixture
async def signer(world):
    signer = TokenSigner(world.store, world.vault, world.clock, world.ids)
    await signer.open()
    return signer


def ticket(world):
    return Ticket(id="t1", user="ops", created_at=0, expires_at=0)


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


async def test_claims(world, signer):
    token, expires_at = signer.sign(USER, ticket(world), 28_800)
    claims = part(token, 1)
    assert part(token, 0)["alg"] == "RS256"
    now = world.clock.now_ms() // 1000
    assert (claims.pop("exp"), claims.pop("iat"), expires_at) == (now + 28_800, now, now + 28_800)
    assert claims.pop("jti").startswith("t1.")
    assert claims == {
        "sub": "ops", "iss": "weft", "aud": "weft", "policy_id": "permission/a,permission/b", "first_name": "Olga",
        "last_name": "P", "authenticationMethod": "password",
    }  # fmt: skip
    assert signer.verify(token).ticket == "t1"


async def test_a_token_ends(world, signer):
    token, _ = signer.sign(USER, ticket(world), 60)
    world.clock.pass_s(59)
    assert signer.verify(token).user == "ops"
    world.clock.pass_s(1)
    with pytest.raises(Unauthenticated) as refused:
        signer.verify(token)
    assert refused.value.code == "token_expired"


async def test_altered_and_foreign_tokens_are_refused(world, signer):
    token, _ = signer.sign(USER, ticket(world), 60)
    head, claims, signature = token.split(".")
    payload = part(token, 1)
    kid = part(token, 0)["kid"]
    stranger = RSAKey.generate_key(2048)
    public = signer._keys[kid].as_pem(private=False)

    def b64(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    other = [
        f"{head}.{b64({**payload, 'sub': 'admin'})}.{signature}",
        f"{b64({'alg': 'none'})}.{claims}.",
        f"{b64({'alg': 'none', 'kid': kid})}.{claims}.",
        jwt.encode({"alg": "RS256", "kid": kid}, payload, stranger),
        jwt.encode({"alg": "RS256"}, payload, stranger),
        jwt.encode({"alg": "HS256", "kid": kid}, payload, OctKey.import_key(base64.b64encode(public)[:64])),
        jwt.encode({"alg": "RS256", "kid": kid}, {**payload, "iss": "x"}, signer._keys[kid]),
        jwt.encode({"alg": "RS256", "kid": kid}, {**payload, "aud": "x"}, signer._keys[kid]),
        jwt.encode({"alg": "RS256", "kid": kid}, {**payload, "exp": "tomorrow"}, signer._keys[kid]),
        jwt.encode({"alg": "RS256", "kid": kid}, {"exp": payload["exp"]}, signer._keys[kid]),
        token[:-4], "", "a.b.c", "....", "\x00", "é.é.é",
    ]  # fmt: skip
    for text in other:
        with pytest.raises(Unauthenticated):
            signer.verify(text)


async def test_the_key_outlives_the_process_and_lies_sealed(world, signer):
    token, _ = signer.sign(USER, ticket(world), 60)
    again = TokenSigner(world.store, world.vault, world.clock, world.ids)
    await again.open()
    assert again.verify(token).user == "ops"
    [record] = await world.store.read(lambda tx: tx.of(SigningKey).find())
    assert b"PRIVATE" not in record.sealed


async def test_the_first_key_is_made_and_used_again(world):
    await world.store.write(lambda tx: tx.of(SigningKey).delete("k1"))
    first, second = (TokenSigner(world.store, world.vault, world.clock, world.ids) for _ in range(2))
    await first.open()
    await second.open()
    token, _ = first.sign(USER, ticket(world), 60)
    assert second.verify(token).user == "ops"


async def test_a_token_for_any_principal(world, signer):
    token, expires_at = signer.issue("client:imp", "secret-1", 60, {"client_id": "imp"})
    assert (part(token, 1)["client_id"], "policy_id" in part(token, 1)) == ("imp", False)
    claims = signer.verify(token)
    assert (claims.user, claims.ticket, claims.expires_at) == ("client:imp", "secret-1", expires_at)
