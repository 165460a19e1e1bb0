"""Headers that answers get beside those of the handler: what a refusal says, and the id of the request."""

from __future__ import annotations

from collections.abc import Mapping

from weft.domain.errors import Refusal, Unauthenticated
from weft.ports.ids import Ids
from weft.web.authentication import CHALLENGES
from weft.web.operations import Answer, Dialect
from weft.web.refusals import MethodNotAllowed

RawHeaders = tuple[tuple[bytes, bytes], ...]
MAX_REQUEST_ID = 128
_CLOSE: RawHeaders = ((b"connection", b"close"),)


def extra_headers(answer: Answer, refusal: Refusal, dialect: Dialect | None) -> RawHeaders:
    """`Allow`, `WWW-Authenticate`, `Connection: close` after a body that was not read, `Retry-After`.

    A header that the dialect's answer already has is left as it is.
    """
    extra: RawHeaders = ()
    if isinstance(refusal, MethodNotAllowed):
        extra = ((b"allow", ", ".join((*refusal.allowed, "OPTIONS")).encode()),)
    elif isinstance(refusal, Unauthenticated) and answer.status == 401:
        extra = () if "WWW-Authenticate" in answer.headers else challenges(dialect)
    elif refusal.kind == "too_large":
        extra = _CLOSE
    if refusal.retry_after is not None and "Retry-After" not in answer.headers:
        extra = (*extra, (b"retry-after", str(refusal.retry_after).encode()))
    return extra


def challenges(dialect: Dialect | None) -> RawHeaders:
    """What a 401 offers: the dialect's own challenge, else every scheme of the server."""
    if dialect is None or dialect.challenge is None:
        return CHALLENGES
    return ((b"www-authenticate", dialect.challenge.encode("latin-1")),)


def request_id(headers: Mapping[str, str], ids: Ids) -> tuple[bytes, bytes]:
    """`X-Request-Id`: the caller's, if it is 1 to 128 visible ASCII characters, else a new one."""
    given = headers.get("x-request-id", "")
    if not (0 < len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable() and " " not in given):
        given = ids.uuid7()
    return b"x-request-id", given.encode()
