"""One attempt as a connector sees it: its input, where it belongs, what it may reach, and how its output is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from weft.connectors.failures import AttemptFailed
from weft.connectors.inputs import Inputs
from weft.connectors.surroundings import Surroundings
from weft.domain.errors import Refusal, TooLarge, Unavailable
from weft.domain.origins import Origin
from weft.domain.payloads import content_type_of
from weft.dsl.graph.concealed import SECRET_KEYS
from weft.dsl.machine.nodes.facts import task_id
from weft.ports.connections import OpenedResource, Place
from weft.ports.tasks import HandOut
from weft_adapter.errors import RESULT_TOO_LARGE
from weft_adapter.redaction import Redactor

_SECRET_KEYS = frozenset(
    (*(key.removeprefix("_").lower() for key in SECRET_KEYS), "authorization", "proxy-authorization")
)
"""Wider than what is stored sealed, since here it is only masked: every spelling, with an underscore or not."""


class Attempt:
    """`plain`: keys of the output have no leading underscore."""

    def __init__(self, task: HandOut, place: Place, around: Surroundings, *, plain: bool) -> None:
        self.task = task
        self.place = place
        self.around = around
        self.plain = plain
        self.inputs = Inputs({} if task.input is None else task.input)
        config: Mapping[str, Any] = task.config or {}
        self.task_id = task_id(place.job, str(config.get("task") or ""))
        named = bool(config.get("resourceId")) and task.resource is not None
        self.resource: OpenedResource | None = OpenedResource(task.resource or {}, task.secret) if named else None
        self._secrets: list[Any] = [task.secret, list(_secret_values(task.input))]

    def key(self, name: str) -> str:
        """A key of the output in the language of the task."""
        return name if self.plain else f"_{name}"

    def hide(self, *values: Any) -> None:
        """Mask these in every reason of a failure."""
        self._secrets += values

    def redacted(self, text: str) -> str:
        """The text without secrets."""
        return Redactor({"values": self._secrets})(text)

    async def resource_of(self, name: str) -> OpenedResource:
        """A resource by its id; its secret is masked from now on."""
        try:
            found = await self.around.connections.resource(self.place, name)
        except Unavailable:
            raise
        except Refusal as refusal:
            raise AttemptFailed(refusal.code or "RESOURCE_NOT_FOUND", refusal.message, retryable=False) from None
        self.hide(found.secret)
        return found

    async def secret_of(self, name: str, origins: Sequence[Origin]) -> Mapping[str, Any]:
        """A secret by its id, for these origins."""
        try:
            found = await self.around.connections.secret(self.place, name, origins)
        except Unavailable:
            raise
        except Refusal as refusal:
            raise AttemptFailed(refusal.code or "SECRET_NOT_FOUND", refusal.message, retryable=False) from None
        self.hide(found)
        return found

    async def keep(self, data: bytes, content_type: str) -> dict[str, Any]:
        """Store bytes as the task's payload; what the output says of it."""
        try:
            digest = await self.around.connections.keep(self.place, data)
        except TooLarge as refusal:
            raise AttemptFailed(RESULT_TOO_LARGE, refusal.message, retryable=False) from None
        kind = content_type_of(content_type)
        return {self.key("size"): len(data), self.key("contentType"): kind, self.key("sha256"): digest}


def _secret_values(value: Any, depth: int = 0) -> list[Any]:
    """Values of members that hold credentials by their name, wherever they stand in an input."""
    found: list[Any] = []
    if depth > 8:
        return found
    if isinstance(value, dict):
        for key, member in cast("dict[str, Any]", value).items():
            if key.removeprefix("_").lower() in _SECRET_KEYS:
                found.append(member)
            else:
                found += _secret_values(member, depth + 1)
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            found += _secret_values(member, depth + 1)
    return found
