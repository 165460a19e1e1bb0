"""Limits and switches of every HTTP surface; the numbers come from the settings."""

from __future__ import annotations

import msgspec

from weft.web.operations import DEFAULT_BODY


class WebLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`max_in_flight` requests are answered at once, more get 429 or 503; `body_idle_s` is how long a body may pause.

    `max_json`, `max_form` and `max_query` are bytes; `max_json` holds for operations that set no limit of their own.
    `trusted_proxies` are networks (CIDR) whose `X-Forwarded-*` headers are believed.
    """

    max_in_flight: int = 2000
    body_idle_s: float = 30.0
    max_json: int = DEFAULT_BODY
    max_form: int = 64 * 1024
    max_query: int = 64 * 1024
    trusted_proxies: tuple[str, ...] = ()
    busy_retry_after_s: int = 1
