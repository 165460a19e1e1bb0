"""One web request of an attempt, through the transport that checks every address.

Redirects are followed up to five times and only within the origin; a redirect to another origin is the answer. The
connection must stand within 5 s, everything must be over within the call's own limit.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from encodings.aliases import aliases
from typing import Any, Final

import httpx
import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import (
    MAX_REASON,
    AttemptFailed,
    bad_input,
    http_status,
    overdue,
    refused_egress,
    unreachable,
)
from weft.domain.origins import Origin, origin_of_url
from weft_adapter.egress import EgressRefused
from weft_adapter.errors import RESULT_TOO_LARGE

CONNECT_SECONDS: Final = 5.0
MAX_REDIRECTS: Final = 5
MAX_URL: Final = 8_192
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
KEYED: Final = frozenset(("POST", "PATCH"))
_CODECS = frozenset(
    (
        "utf_8", "utf_8_sig", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "ascii",
        "latin_1", "gbk", "gb2312", "gb18030", "big5", "euc_jp", "shift_jis", "cp932", "euc_kr", "cp949", "koi8_r",
        "koi8_u", "mac_roman", *(f"iso8859_{part}" for part in range(2, 17)),
        *(f"cp{page}" for page in range(1250, 1259)),
    )
)  # fmt: skip
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_FRAMING = frozenset(("content-length", "transfer-encoding", "connection", "upgrade", "host", "te", "trailer"))


class WebCall(msgspec.Struct):
    """A request. `hosts` are private hosts that a resource names; `insecure`: certificates are not verified.

    `keyed`: a POST or PATCH carries the attempt's id as `Idempotency-Key`, unless the task sets one.
    """

    method: str
    url: str
    headers: dict[str, str] = {}
    content: bytes | None = None
    timeout_s: float = 30.0
    connect_s: float = CONNECT_SECONDS
    hosts: tuple[str, ...] = ()
    insecure: bool = False
    keyed: bool = False

    @property
    def shown(self) -> str:
        """For people: without query."""
        return f"{self.method} {self.url.partition('?')[0]}"


class WebAnswer(msgspec.Struct):
    """`headers` have lower-case names; a name that came twice has its values joined by a comma."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    charset: str = ""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def text(self, most: int | None = None) -> str:
        """The body as text, whatever it is; of a long one only the first `most` bytes."""
        return self.body[:most].decode(codec_of(self.charset), "replace")


def codec_of(charset: str) -> str:
    """The codec of a charset that texts of the web have; UTF-8 for every other name.

    The name is the other side's word, and some codecs that it could name fail on what they cannot read, or take half a
    minute for half a megabyte, which nothing else could use meanwhile.
    """
    name = charset.lower().replace("-", "_")
    name = aliases.get(name, name)
    return name if name in _CODECS else "utf_8"


def checked_url(text: str) -> httpx.URL:
    """An absolute http or https URL without credentials. Raises AttemptFailed."""
    if len(text) > MAX_URL:
        raise bad_input(f"the URL is longer than {MAX_URL} characters")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise bad_input(f"the URL cannot be read: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise bad_input("the URL must be absolute, with http or https")
    if url.userinfo:
        raise bad_input("credentials in a URL are not accepted")
    return url


def origin_of(url: str) -> Origin:
    """The origin of a URL that was checked."""
    found = origin_of_url(url)
    if found is None:
        raise bad_input("the URL must be absolute")
    return found


def with_query(url: httpx.URL, params: Mapping[str, Any]) -> str:
    """The URL with more query parameters; arrays give one parameter per element, objects are written as JSON."""
    if params:
        url = url.copy_merge_params({name: _parameter(value) for name, value in params.items()})
    text = str(url)
    if len(text) > MAX_URL:
        raise bad_input(f"URL and query are longer than {MAX_URL} characters")
    return text


def _parameter(value: Any) -> Any:
    if isinstance(value, list):
        return [_parameter(item) for item in value]
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def checked_headers(given: Mapping[str, Any]) -> dict[str, str]:
    """Headers of a task with lower-case names. Raises AttemptFailed for what cannot be set."""
    found: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name) or lower in _FRAMING:
            raise bad_input(f"header {name[:64]!r} cannot be set")
        if any((ord(sign) < 32 and sign != "\t") or ord(sign) == 127 for sign in text):
            raise bad_input(f"header {name}: control characters are not allowed")
        found[lower] = text
    return found


async def send(attempt: Attempt, call: WebCall) -> WebAnswer:
    """The answer, whatever its status. Raises AttemptFailed for everything that is none."""
    origin = origin_of(call.url)
    headers = {"user-agent": "weft", "accept": "*/*", **call.headers}
    if call.keyed and call.method in KEYED:
        headers.setdefault("idempotency-key", attempt.task.attempt_id)
    timeout = httpx.Timeout(call.timeout_s, connect=min(call.connect_s, call.timeout_s))
    try:
        async with (
            asyncio.timeout(call.timeout_s),
            attempt.around.transports.use(*call.hosts, insecure=call.insecure) as transport,
        ):
            client = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)
            return await _followed(attempt, client, call, headers, origin)
    except EgressRefused as refused:
        raise refused_egress(str(refused)) from None
    except httpx.ConnectTimeout:
        raise unreachable(f"{call.shown}: no connection within {call.connect_s:g} s") from None
    except (TimeoutError, httpx.TimeoutException):
        raise overdue(call.shown, call.timeout_s) from None
    except httpx.InvalidURL as error:
        raise bad_input(f"the URL cannot be read: {error}") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise unreachable(f"{call.shown}: {str(error) or type(error).__name__}") from None
    except (UnicodeError, ValueError) as error:
        raise bad_input(f"the request cannot be sent: {error}") from None


async def _followed(
    attempt: Attempt, client: httpx.AsyncClient, call: WebCall, headers: dict[str, str], origin: Origin
) -> WebAnswer:
    method, url, content = call.method, call.url, call.content
    for left in range(MAX_REDIRECTS, -1, -1):
        async with client.stream(method, url, headers=headers, content=content) as reply:
            target = _target(reply) if left else ""
            if not target or origin_of_url(target) != origin:
                return await _read(reply, attempt.around.max_payload)
            if reply.status_code == 303 or (reply.status_code in (301, 302) and method == "POST"):
                method, content = ("HEAD" if method == "HEAD" else "GET"), None
                headers = {name: text for name, text in headers.items() if name != "content-type"}
            url = target
    raise AssertionError("the last redirect is an answer")


def _target(reply: httpx.Response) -> str:
    """Where a redirect leads, "" for what is none."""
    place = reply.headers.get("location", "")
    if reply.status_code not in _REDIRECTS or not place:
        return ""
    try:
        target = reply.request.url.join(place)
    except (httpx.InvalidURL, ValueError):
        return ""
    return "" if target.userinfo else str(target)


async def _read(reply: httpx.Response, limit: int) -> WebAnswer:
    parts: list[bytes] = []
    size = 0
    async for part in reply.aiter_bytes(65_536):
        size += len(part)
        if size > limit:
            raise AttemptFailed(RESULT_TOO_LARGE, f"the answer is larger than {limit} bytes", retryable=False)
        parts.append(part)
    headers = {name.lower(): reply.headers[name] for name in reply.headers}
    return WebAnswer(reply.status_code, reply.reason_phrase, headers, b"".join(parts), reply.charset_encoding or "")


def demand_success(attempt: Attempt, call: WebCall, answer: WebAnswer) -> None:
    """Raises AttemptFailed unless the status is 2xx."""
    if not answer.ok:
        wait = retry_after_ms(answer.headers.get("retry-after", ""), attempt.around.clock.now_ms())
        raise http_status(answer.status, answer.text(4 * MAX_REASON), call.shown, wait)


def retry_after_ms(text: str, now_ms: int) -> int:
    """How long a `Retry-After` header asks to wait: seconds or a date; 0 for none or what cannot be read."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        return int(plain[:9]) * 1000
    try:
        at = parsedate_to_datetime(plain)
    except (TypeError, ValueError):
        return 0
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0, int(at.timestamp() * 1000) - now_ms)
