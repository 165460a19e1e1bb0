"""Reading the settings from their sources, each value with its origin."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from weft.app.settings import TABLE, Declared, Settings
from weft.dsl.machine.limits import HARD

Origin = Literal["default", "file", "environment", "secret file", "flag"]
MAX_FILE = 1 << 20
MIN_TOKEN_LIFETIME_S = 900.0
_UNITS_S = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_SHOWN_S, _SHOWN_BYTES = ("d", "h", "m", "s"), ("GiB", "MiB", "KiB")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


class SettingsError(Exception):
    """A setting that cannot be used; the message names it, where it came from and what is wrong."""


@dataclass(frozen=True)
class Loaded:
    """The effective settings and where each one came from (by setting name)."""

    settings: Settings
    origins: Mapping[str, Origin]

    def rows(self) -> list[dict[str, str]]:
        """`name`, `value` (secret ones as `***`), `origin`, `env` and `flag` of every setting."""
        return [
            {
                "name": entry.name,
                "value": shown(entry, getattr(self.settings, entry.attribute)),
                "origin": self.origins[entry.name],
                "env": entry.env,
                "flag": "" if entry.secret else entry.flag,
            }
            for entry in TABLE
        ]


def shown(entry: Declared, value: Any) -> str:
    """A value as people may see it."""
    if entry.secret:
        return "***" if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    if entry.unit == "duration":
        return _measured(value, _SHOWN_S, 1.0) or f"{value:g}s"
    if entry.unit == "size":
        return _measured(value, _SHOWN_BYTES, 1) or str(value)
    return str(value)


def _measured(value: float, units: Sequence[str], least: float) -> str:
    """A whole number of the largest unit that fits, or nothing; it is read back as the same value."""
    known = {**_UNITS_S, **_SIZES}
    fitting = (unit for unit in units if value >= max(known[unit], least) and value % known[unit] == 0)
    return next((f"{value / known[unit]:.0f}{unit}" for unit in fitting), "")


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Loaded:
    """Join all sources. `flags` maps setting names to what the command line gave. Raises SettingsError."""
    env = os.environ if environ is None else environ
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    config_text = env.get("WEFT_CONFIG", "")
    path = config if config is not None else Path(config_text) if config_text else None
    from_file = _read_file(path) if path is not None else {}
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for entry in TABLE:
        raw, origin = _source(entry, given, env, from_file)
        origins[entry.name] = origin
        values[entry.attribute] = entry.default if origin == "default" else _convert(entry, raw, origin)
    settings = Settings(**values)
    _check(settings)
    return Loaded(settings, origins)


def _source(
    entry: Declared, flags: Mapping[str, Any], env: Mapping[str, str], from_file: Mapping[str, Any]
) -> tuple[Any, Origin]:
    if entry.secret:
        if entry.name in flags or entry.name in from_file:
            raise SettingsError(
                f"{entry.name} is secret: give it as {entry.env} or in a file named by {entry.env}_FILE"
            )
        if entry.env in env:
            return env[entry.env], "environment"
        if f"{entry.env}_FILE" in env:
            return _secret_file(entry, env[f"{entry.env}_FILE"]), "secret file"
        return None, "default"
    if entry.name in flags:
        return flags[entry.name], "flag"
    if entry.env in env:
        return env[entry.env], "environment"
    if entry.name in from_file:
        return from_file[entry.name], "file"
    return None, "default"


def _secret_file(entry: Declared, name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_FILE).decode().strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise SettingsError(f"{entry.name}: cannot read {name}: {cause}") from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as cause:
        raise SettingsError(f"cannot read the settings file {path}: {cause.strerror or cause}") from None
    if len(data) > MAX_FILE:
        raise SettingsError(f"the settings file {path} is larger than {MAX_FILE} bytes")
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise SettingsError(f"the settings file {path} cannot be read: {cause}") from None
    flat = dict(_flatten(document, ""))
    known = {entry.name for entry in TABLE}
    for name in flat:
        if name not in known:
            raise SettingsError(f"{path} names the setting {name!r}, which does not exist")
    return flat


def _flatten(document: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in document.items():
        name = f"{prefix}{key.replace('-', '_')}"
        if isinstance(value, Mapping):
            pairs.extend(_flatten(value, f"{name}."))
        else:
            pairs.append((name, value))
    return pairs


def _convert(entry: Declared, raw: Any, origin: Origin) -> Any:
    try:
        value = _typed(entry, raw)
        if entry.choices and value not in entry.choices:
            raise ValueError(f"is none of {', '.join(entry.choices)}")
    except ValueError as cause:
        said = "" if entry.secret else f" {raw!r}"
        raise SettingsError(f"{entry.name} (from {origin}):{said} {cause}") from None
    return value


def _typed(entry: Declared, raw: Any) -> Any:
    default = entry.default
    if isinstance(default, bool):
        return _boolean(raw)
    if entry.unit == "duration":
        return _measure(raw, _UNITS_S, "a duration such as 90s, 15m or 8h")
    if entry.unit == "size":
        return int(_measure(raw, _SIZES, "a size such as 10MiB"))
    if isinstance(default, int):
        if isinstance(raw, bool) or not re.fullmatch(r"\d{1,15}", str(raw)):
            raise ValueError("is not a whole number")
        return int(raw)
    if isinstance(default, tuple):
        items = [str(item) for item in raw] if isinstance(raw, (list, tuple)) else str(raw).split(",")
        return tuple(item.strip() for item in items if item.strip())
    if isinstance(default, Path):
        return Path(str(raw)).expanduser()
    if not isinstance(raw, str):
        raise ValueError("is not a text")
    return raw.lower() if entry.choices else raw


def _boolean(raw: Any) -> bool:
    text = str(raw).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("is neither true nor false")


def _measure(raw: Any, units: Mapping[str, float], what: str) -> float:
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]*)\s*", str(raw))
    if match is None or isinstance(raw, bool) or match[2] not in units:
        raise ValueError(f"is not {what}")
    return float(match[1]) * units[match[2]]


def _check(settings: Settings) -> None:
    """What a type cannot say. Raises SettingsError."""
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"port: {settings.port} is not between 0 and 65535")
    if settings.cwm_token_lifetime < MIN_TOKEN_LIFETIME_S:
        raise SettingsError("cwm.token_lifetime: at least 15m, because clients renew five minutes before the end")
    if not settings.admin_user or ":" in settings.admin_user or "/" in settings.admin_user:
        raise SettingsError("admin.user: a name without ':' and '/' is needed")
    for network in settings.http_trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError as cause:
            raise SettingsError(f"http.trusted_proxies: {cause}") from None
    for name in (
        "http_max_in_flight",
        "database_queue",
        "auth_max_failures",
        "auth_cache_size",
        "auth_argon2_time",
        "tokens_client_credentials_seconds",
        "idempotency_ttl_hours",
        "connectors_max_in_flight",
        "connectors_max_payload",
        "scripts_memory",
        "loops_max_iterations",
    ):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{name.replace('_', '.', 1)}: at least 1 is needed")
    if settings.loops_max_iterations > HARD["passes"]:
        raise SettingsError(f"loops.max_iterations: at most {HARD['passes']}")
