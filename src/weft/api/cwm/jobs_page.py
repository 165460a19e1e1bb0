"""Pages of the job list: sizes and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, cast

import msgspec

from weft.domain.errors import Invalid

MAX_PAGE = 1000
_KEY = b"weft/cwm/page/1"


def page_size(text: str) -> int:
    """Absent, 0 and above 1,000 mean 1,000. Raises Invalid for a negative one or no number."""
    if not text:
        return MAX_PAGE
    if not text.strip().isdigit() or len(text) > 12:
        raise Invalid("pageSize is not a number of 0 or more", (f"pageSize is {text[:40]!r}",))
    size = int(text)
    return size if 0 < size <= MAX_PAGE else MAX_PAGE


def _mark(body: bytes, query: str) -> bytes:
    """Ties a token to its query. A token is no secret and grants nothing: it only says where to go on."""
    return hmac.digest(_KEY, query.strip().encode() + b"\0" + body, hashlib.sha256)[:12]


def encode_token(after: tuple[Any, ...], query: str) -> str:
    body = msgspec.msgpack.encode(after)
    return base64.urlsafe_b64encode(_mark(body, query) + body).decode("ascii")


def decode_token(token: str, query: str) -> tuple[Any, ...]:
    """Raises Invalid for a token that is foreign, altered, or of another query."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
        mark, body = raw[:12], raw[12:]
        after: Any = msgspec.msgpack.decode(body)
    except (ValueError, msgspec.DecodeError):
        raise Invalid("nextPageToken is not one of this list") from None
    if not hmac.compare_digest(mark, _mark(body, query)) or not isinstance(after, list) or len(after) != 3:
        raise Invalid("nextPageToken is not one of this list")
    return tuple(cast("list[Any]", after))
