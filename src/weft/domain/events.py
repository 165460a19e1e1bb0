"""CloudEvents 1.0: reading them from HTTP in both modes, and the records that remember them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import Invalid, Malformed

REQUIRED = ("specversion", "id", "source", "type")
MAX_ATTRIBUTE = 4096
MAX_ATTRIBUTES = 64
DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
_NAME = re.compile(r"[a-z0-9_]{1,64}")

Event = dict[str, Any]
"""A CloudEvent as a JSON object: context attributes by lower-case name, `data` decoded."""

ParseJson = Callable[[bytes], Any]
"""Raises ValueError for what is no JSON."""


class SeenEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event that was taken. `key` is made of tenant, source and id; `hour` (since 1970) is for forgetting it."""

    key: str
    at: int
    hour: int
    tenant: str = ""


class RejectedEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A message that could not be used: at which step it failed, why, and its beginning as text."""

    id: str
    at: int
    step: str
    reason: str
    listener: str = ""
    text: str = ""
    tenant: str = DEFAULT_TENANT


def read_event(body: Any) -> Event:
    """A structured-mode event. Attribute names are read without regard to case. Raises Invalid naming what is wrong."""
    if not isinstance(body, Mapping):
        raise Invalid("a CloudEvent is a JSON object")
    event: Event = {}
    for key, value in body.items():
        name = str(key).lower()
        if name not in event or key == name:
            event[name] = value
    if "data_base64" in event:
        encoded = event.pop("data_base64")
        if "data" in event:
            raise Invalid("a CloudEvent has data or data_base64, not both")
        event["data"] = _decoded(encoded)
    check_event(event)
    return event


def read_binary(headers: Mapping[str, str], body: bytes, parse: ParseJson) -> Event:
    """A binary-mode event: attributes in `ce-` headers (percent-encoded), data in the body.

    A body of a JSON media type, or without media type, is JSON; other text is text; other bytes are base64 text.
    """
    event: Event = {}
    media = ""
    for name, value in headers.items():
        folded = name.lower()
        if folded.startswith("ce-"):
            event[folded[3:]] = unquote(value)
        elif folded == "content-type":
            media = value
    if media:
        event["datacontenttype"] = media
    if body:
        event["data"] = _data(media.partition(";")[0].strip().lower(), body, parse)
    check_event(event)
    return event


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a request carries its event in binary mode: it names the version in a header."""
    return any(name.lower() == "ce-specversion" for name in headers)


def check_event(event: Event) -> None:
    """Required attributes are there, names and values are what the specification allows. Raises Invalid."""
    missing = [name for name in REQUIRED if not isinstance(event.get(name), str) or not event[name]]
    if missing:
        raise Invalid("not a CloudEvent", [f"{name} is required" for name in missing])
    if not str(event["specversion"]).startswith("1."):
        raise Invalid(f"CloudEvents version {str(event['specversion'])[:20]} is not supported")
    if len(event) > MAX_ATTRIBUTES:
        raise Invalid(f"a CloudEvent has at most {MAX_ATTRIBUTES} attributes")
    for name, value in event.items():
        if name == "data":
            continue
        if not _NAME.fullmatch(name):
            raise Invalid(f"attribute name {name[:64]!r} is not allowed")
        if isinstance(value, (dict, list)) or (isinstance(value, str) and len(value) > MAX_ATTRIBUTE):
            raise Invalid(f"attribute {name} must be a text of at most {MAX_ATTRIBUTE} characters, number or boolean")


def job_data(data: Any) -> dict[str, Any]:
    """What a job that an event starts gets as input: the data, wrapped unless it is an object."""
    return data if isinstance(data, dict) else {"data": data}


def _data(media: str, body: bytes, parse: ParseJson) -> Any:
    if not media or media == "application/json" or media.endswith("+json"):
        try:
            return parse(body)
        except ValueError as cause:
            raise Malformed(f"malformed JSON: {cause}") from None
    try:
        return body.decode() if media.startswith("text/") or media.endswith("xml") else _base64(body)
    except UnicodeDecodeError:
        return _base64(body)


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


def _decoded(encoded: Any) -> Any:
    """UTF-8 text where the bytes are text, else base64 as sent."""
    if not isinstance(encoded, str):
        raise Invalid("data_base64 must be text")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("data_base64 is not base64") from None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return encoded
