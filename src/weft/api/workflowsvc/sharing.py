"""The namespaces that the body of a definition or schedule asks to be seen in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from weft.api.workflowsvc.errors import Detail
from weft.api.workflowsvc.scoping import Asked, Scoping, forbidden

MAX_NAMESPACES: Final = 100


def shared_scopes(
    scoping: Scoping, asked: Asked, body: Mapping[str, Any], permission: str, problems: list[Detail], code: str
) -> tuple[str, ...]:
    """The namespaces as records name them; without `_namespaces` the one asked in.

    Notes a problem for what is no list of namespaces with `nsfilter` in it. Raises Forbidden for one where the caller
    lacks the permission, and for one that it may not know of.
    """
    given = body.get("_namespaces")
    if given is None:
        return (asked.scope,)
    texts = cast("list[Any]", given) if isinstance(given, list) else []
    if not texts or len(texts) > MAX_NAMESPACES or not all(isinstance(text, str) for text in texts):
        problems.append(Detail("/_namespaces", code, f"_namespaces is a list of 1 to {MAX_NAMESPACES} namespace ids"))
        return (asked.scope,)
    if asked.namespace.id not in texts:
        problems.append(Detail("/_namespaces", code, f"_namespaces must hold {asked.namespace.id}, the nsfilter"))
    if problems:
        return (asked.scope,)
    return tuple(dict.fromkeys(_scope(scoping, asked, name, permission) for name in cast("list[str]", texts)))


def _scope(scoping: Scoping, asked: Asked, name: str, permission: str) -> str:
    if name == asked.namespace.id:
        return asked.scope
    found = scoping.within(asked.principal, name)
    if found is None or found[1].id != asked.tenant.id:
        raise forbidden()
    found[0].require(permission)
    return found[2].scope
