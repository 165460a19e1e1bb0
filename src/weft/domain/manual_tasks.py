"""Manual tasks: work for a person that a run waits for, and whether an answer fits its form.

`fields` maps the names of a form's fields to JSON Schema fragments, each with an optional boolean `required`; fields
that are not declared are refused. Without fields any object is an answer. `assignees` are `user:<id>`, `group:<id>` or
`role:<id>`; without any, everybody who may complete tasks may answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from weft.domain.access import DEFAULT_TENANT, Principal
from weft.domain.errors import Forbidden, Invalid
from weft.domain.schemas import check, texts


class ManualTask(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An open task. `id` is that of the task's record, where the run has one; `ref` what the run waits on.

    `created_at` is UTC milliseconds. `checked`: whether `fields` describe what an answer may hold.
    """

    id: str
    job: str
    run: str
    ref: str
    created_at: int
    form: str = ""
    title: str = ""
    task: str = ""
    payload: Any = None
    assignees: tuple[str, ...] = ()
    namespace: str = ""
    tenant: str = DEFAULT_TENANT

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of the form; empty where any object will do."""
        payload = cast("dict[str, Any]", self.payload) if isinstance(self.payload, dict) else {}
        found = payload.get("fields")
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def check_assignee(task: ManualTask, principal: Principal) -> None:
    """Raises Forbidden (code `not_assignee`) unless the caller is one of those who may answer.

    A user is named by its name or its subject id, a client or key by its full name; groups and roles are the roles
    that the caller holds.
    """
    if not task.assignees:
        return
    names = {principal.name, principal.name.rpartition(":")[2], principal.subject}
    for assignee in task.assignees:
        kind, _, ident = assignee.partition(":")
        if (kind == "user" and (ident in names or ident.lower() == principal.subject)) or (
            kind in ("group", "role") and ident in principal.roles
        ):
            return
    raise Forbidden("the task is not assigned to the caller", code="not_assignee")


def check_answer(task: ManualTask, answer: object) -> None:
    """Raises Invalid (code `invalid_user_input`) for an answer that is no object or does not fit the form."""
    if not isinstance(answer, dict):
        raise Invalid("the answer must be an object", code="invalid_user_input")
    fields = task.fields
    if not fields:
        return
    try:
        problems = check(_schema(fields), answer, formats=True)
    except Invalid as cause:
        raise Invalid("the form of the task cannot be checked", cause.details, code="invalid_user_input") from None
    if problems:
        found = texts(problems)
        raise Invalid(found[0], found, code="invalid_user_input")


def _schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, given in fields.items():
        fragment: dict[str, Any] = dict(cast("dict[str, Any]", given)) if isinstance(given, dict) else {}
        if fragment.get("required") is True:
            required.append(name)
        properties[name] = _plain(fragment)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _plain(fragment: dict[str, Any]) -> dict[str, Any]:
    # `required` of a field is a boolean; in a schema it is a list, and says something about members.
    kept = {key: item for key, item in fragment.items() if key != "required" or isinstance(item, list)}
    inner = kept.get("properties")
    if isinstance(inner, dict):
        members = cast("dict[str, Any]", inner)
        wanted = [name for name, item in members.items() if isinstance(item, dict) and item.get("required") is True]  # pyright: ignore[reportUnknownMemberType]
        kept["properties"] = {
            name: _plain(cast("dict[str, Any]", item)) if isinstance(item, dict) else item
            for name, item in members.items()
        }
        if wanted and "required" not in kept:
            kept["required"] = wanted
    return kept
