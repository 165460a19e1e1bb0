from __future__ import annotations

import pytest

from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.front import Front, Problems, members, page_body
from weft.api.workflowsvc.parameters import Query
from weft.api.workflowsvc.scoping import Asked
from weft.domain.access import Principal
from weft.domain.tenancy import Namespace, Tenant
from weft.services.idempotency import Kept
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio
ACME = Tenant(id="acme", uuid="u", default_namespace="main")


class Once:
    """Keeps answers in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Kept]] = {}

    async def guarded(self, scope, fingerprint, work):
        if scope in self.kept:
            return self.kept[scope][1], True
        stored = []
        kept = await work(lambda tx, answer: stored.append((tx, answer)))
        self.stored = stored
        self.kept[scope] = (fingerprint, kept)
        return kept, False


def asked(call, body=None, name="x", namespace="plant", **headers) -> Asked:
    made = call(body=body, headers=headers)
    principal = made.principal = Principal(name=name, tenant="acme")
    return Asked(made, principal, ACME, Namespace(id=namespace, owner="acme"), Query({}))


async def answer(keep) -> Answer:
    made = Answer(status=201, body={"a": 1}, headers={"Location": "/x"})
    keep("tx", made)
    return made


async def test_without_a_key_nothing_is_kept(call):
    once = Once()
    found = await Front(None, once).once(asked(call), "/workflows", answer)  # type: ignore[arg-type]
    assert found.body == {"a": 1} and once.kept == {}


async def test_the_same_key_repeats_the_answer(call):
    once = Once()
    front = Front(None, once)  # type: ignore[arg-type]
    given = {"idempotency-key": "k"}
    first = await front.once(asked(call, {}, **given), "/workflows", answer)
    assert once.stored == [("tx", Kept(201, b'{"a":1}', {"Location": "/x"}))]
    again = await front.once(asked(call, {}, **given), "/workflows", answer)
    assert (first.status, first.body, first.headers) == (201, b'{"a":1}', {"Location": "/x"})
    assert again.body == first.body and again.headers == {"Location": "/x", "Idempotent-Replayed": "true"}
    for other in (asked(call, {}, name="y", **given), asked(call, {}, **{"idempotency-key": "l"})):
        assert "Idempotent-Replayed" not in (await front.once(other, "/workflows", answer)).headers
    elsewhere = await front.once(asked(call, {}, **given), "/workflowdefs", answer)
    assert "Idempotent-Replayed" not in elsewhere.headers and len(once.kept) == 4


async def test_a_key_that_is_none(call):
    with pytest.raises(Wrong) as caught:
        await Front(None, Once()).once(asked(call, {}, **{"idempotency-key": "a b"}), "/x", answer)  # type: ignore[arg-type]
    assert caught.value.code == "invalid_parameter"


async def test_bodies_are_objects(call):
    assert await members(asked(call, {"a": 1})) == {"a": 1}
    for body in ([], "x", None, 5):
        with pytest.raises(Wrong):
            await members(asked(call, body))


def test_problems_come_all_at_once():
    problems = Problems("invalid_body")
    problems.done()
    problems.add("/a", "one")
    problems.add("/b", "two")
    with pytest.raises(Wrong) as caught:
        problems.done()
    assert [item.path for item in caught.value.items] == ["/a", "/b"]
    assert Problems("x").found == []


def test_lists_have_four_keys():
    assert page_body(2, 10, 5, ["x"]) == {"_offset": 2, "_pageSize": 10, "_total": 5, "_list": ["x"]}
