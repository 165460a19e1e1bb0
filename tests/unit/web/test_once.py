from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Invalid
from weft.services.idempotency import Kept
from weft.web.answers import encode
from weft.web.once import Once, fingerprint, key_of
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


@dataclass
class Asked:
    """As much of a Call as is asked for here."""

    headers: dict[str, str] = field(default_factory=dict)
    value: Any = None
    principal: Principal = Principal(name="client:a", tenant="acme")  # noqa: RUF009 - frozen
    method: str = "POST"

    async def body(self) -> Any:
        return self.value


class Answers:
    """Remembers one answer per scope."""

    def __init__(self) -> None:
        self.known: dict[str, Kept] = {}
        self.asked: list[tuple[str, str]] = []

    async def guarded(self, scope, print_, work):
        self.asked.append((scope, print_))
        if scope in self.known:
            return self.known[scope], True
        return await work(lambda tx, kept: self.known.__setitem__(scope, kept)), False


class World:
    def __init__(self) -> None:
        self.answers = Answers()
        self.done = 0

    async def work(self, keep) -> Answer:
        self.done += 1
        answer = Answer(status=202, body={"number": self.done}, headers={"Location": "/x"})
        keep("tx", answer)
        return answer

    async def ask(self, key, path="/p", value=None, place="", **given) -> Answer:
        return await Once(self.answers).answer(Asked(value=value, **given), key, path, self.work, place=place)  # type: ignore[arg-type]


def test_the_key_of_a_request():
    assert key_of(Asked()) is None  # type: ignore[arg-type]
    assert key_of(Asked({"idempotency-key": '"k"'})) == key_of(Asked({"idempotency-key": "k"})) == "k"  # type: ignore[arg-type]
    for text in ("", "x" * 256, "a b"):
        with pytest.raises(Invalid):
            key_of(Asked({"idempotency-key": text}))  # type: ignore[arg-type]


async def test_without_a_key_everything_is_new():
    world = World()
    await world.ask(None)
    await world.ask(None)
    assert (world.done, world.answers.asked) == (2, [])


async def test_with_a_key_the_first_answer_comes_again():
    world = World()
    first = await world.ask("k")
    again = await world.ask("k")
    assert world.done == 1 and "Idempotent-Replayed" not in first.headers
    assert (again.status, json.loads(encode(again)), json.loads(encode(first))) == (202, {"number": 1}, {"number": 1})
    assert again.headers == {"Location": "/x", "Idempotent-Replayed": "true"}
    assert world.answers.asked[0][0].split("\n") == ["acme", "client:a", "POST", "/p", "k"]
    assert world.answers.known[world.answers.asked[0][0]] == Kept(202, b'{"number":1}', {"Location": "/x"})


async def test_another_tenant_caller_method_path_or_key_is_another_request():
    world = World()
    await world.ask("k")
    await world.ask("l")
    await world.ask("k", path="/q")
    await world.ask("k", method="PUT")
    await world.ask("k", principal=Principal(name="client:b", tenant="acme"))
    await world.ask("k", principal=Principal(name="client:a", tenant="other"))
    assert world.done == 6


async def test_the_place_counts_as_the_body_does():
    world = World()
    await world.ask("k", value={"a": 1}, place="plant")
    assert world.answers.asked[0][1] == fingerprint("plant", {"a": 1})


def test_the_order_of_members_does_not_count():
    assert fingerprint("", {"a": 1, "b": [2]}) == fingerprint("", {"b": [2], "a": 1})
    assert len({fingerprint("", {"a": 1}), fingerprint("", {"a": 2}), fingerprint("x", {"a": 1})}) == 3
