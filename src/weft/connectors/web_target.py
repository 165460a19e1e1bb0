"""Where a web request goes: an absolute URL, or a path below a resource; and what the resource adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import bad_input
from weft.connectors.web_call import checked_url, origin_of, with_query
from weft.connectors.web_login import Login, basic
from weft.domain.origins import origin_of_resource
from weft_adapter.clients import base_url_of
from weft_adapter.errors import ActivityError


class Target(msgspec.Struct):
    """`authorization` is the header that the resource's secret gives, "" for none; `hosts` those that it names."""

    url: str
    hosts: tuple[str, ...] = ()
    insecure: bool = False
    authorization: str = ""


def target_of(attempt: Attempt, given: str, params: Mapping[str, Any]) -> Target:
    """The target of a request. Raises AttemptFailed.

    A path is taken below the resource. The resource's credentials and the permission to reach its private host hold
    for its own origin only.
    """
    resource = attempt.resource
    if resource is None:
        return Target(with_query(checked_url(given), params))
    try:
        base = base_url_of(resource.values)
    except ActivityError as error:
        raise bad_input(error.message) from None
    url = with_query(checked_url(given if "://" in given[:10] else _below(base, given)), params)
    own = origin_of_resource(resource.values)
    if own is None or origin_of(url) != own:
        return Target(url)
    insecure = bool(resource.values.get("allowInsecure"))
    return Target(url, (own.host,), insecure, authorization_of(attempt, resource.secret))


def _below(base: str, path: str) -> str:
    if any(unquote(segment) == ".." for segment in path.partition("?")[0].split("/")):
        raise bad_input("the path has a segment '..'")
    return f"{base}/{path.lstrip('/')}" if path else base


def authorization_of(attempt: Attempt, secret: Mapping[str, Any] | None) -> str:
    """The header that a secret gives: user name and password Basic, a token or API key Bearer, else none."""
    if not secret:
        return ""
    if "username" in secret and "password" in secret:
        header = basic(str(secret["username"]), str(secret["password"]))
        attempt.hide(header.removeprefix("Basic "))
        return header
    token = secret.get("token") or secret.get("apiKey")
    return f"Bearer {token}" if token else ""


def add_authorization(headers: dict[str, str], target: Target, login: Login) -> None:
    """The resource's credentials, where the task has none of its own."""
    if target.authorization and login.kind == "none":
        headers.setdefault("authorization", target.authorization)
