"""Every setting of the server, declared once: name, type, default, help, and whether it is secret.

A setting `a.b_c` is read from, the later winning: its default, the TOML file (table `a`, key `b_c`, or `a-b-c` spelled
with dashes), the environment variable `WEFT_A_B_C`, the flag `--a-b-c`. Secret settings come from the environment or
from a file named by `WEFT_A_B_C_FILE`, never from a flag or the TOML file, and are shown as `***`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

_DATA_DIR = Path("weft-data")


def setting(name: str, default: Any, text: str, *, secret: bool = False, unit: str = "", choices: str = "") -> Any:
    """One line of the table. `unit` is `duration` (seconds; `90s`, `8h` accepted), `size` (bytes; `10MiB`) or empty."""
    metadata: dict[str, Any] = {
        "name": name,
        "help": text,
        "secret": secret,
        "unit": unit,
        "choices": tuple(choices.split()),
    }
    if isinstance(default, (list, tuple)):
        return field(default=tuple(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The effective settings. Durations are seconds, sizes bytes, lists are comma-separated texts."""

    data_dir: Path = setting(  # noqa: RUF009 - builds a field, shares nothing
        "data_dir", _DATA_DIR, "folder of the database, keys, adapters and the lock"
    )
    host: str = setting("host", "127.0.0.1", "address to listen on")
    port: int = setting("port", 8080, "port to listen on")
    log_level: str = setting("log.level", "info", "least level that is logged", choices="debug info warning error")
    log_format: str = setting("log.format", "json", "form of log lines", choices="json console")
    log_requests: bool = setting("log.requests", True, "log one line per HTTP request")
    database_synchronous: str = setting(
        "database.synchronous", "full", "when SQLite waits for the disk; `normal` may lose the last commits on power "
        "failure", choices="full normal",
    )  # fmt: skip
    database_queue: int = setting("database.queue", 10_000, "units of work waiting for the committer before 429")

    admin_user: str = setting("admin.user", "admin", "name of the first administrator")
    admin_password: str = setting(
        "admin.password", "", "password of the first administrator; made up when empty", secret=True
    )
    master_key: str = setting(
        "master_key", "", "key-encryption key: 32 bytes as base64 or hex; DATA/master.key when empty", secret=True
    )
    master_key_previous: str = setting(
        "master_key_previous", "", "the master key of before, to change it: one start with both", secret=True
    )
    auth_cache_ttl: float = setting(
        "auth.cache_ttl", 60.0, "how long a verified credential is remembered", unit="duration"
    )
    auth_cache_size: int = setting("auth.cache_size", 10_000, "verified credentials remembered at once")
    auth_max_failures: int = setting("auth.max_failures", 10, "failed logins per user and address before a pause")
    auth_address_failures: int = setting("auth.address_failures", 100, "failed logins per address before a pause")
    auth_failure_window: float = setting(
        "auth.failure_window", 300.0, "how long failed logins count and the pause lasts", unit="duration"
    )
    auth_password_length: int = setting("auth.password_length", 8, "least characters of a new password")
    auth_argon2_memory: int = setting("auth.argon2_memory", 19 << 20, "memory of a password hash", unit="size")
    auth_argon2_time: int = setting("auth.argon2_time", 2, "passes of a password hash")
    auth_key_lifetime: float = setting(
        "auth.key_lifetime", 90 * 86400.0, "lifetime of an API key that is created without one", unit="duration"
    )
    auth_max_tickets: int = setting("auth.max_tickets", 100, "open login tickets of a user; the oldest goes")
    tokens_client_credentials_seconds: int = setting(
        "tokens.client_credentials_seconds", 3600, "lifetime of an access token that a client gets, in seconds"
    )

    http_max_in_flight: int = setting("http.max_in_flight", 2000, "requests answered at once before 429 or 503")
    http_body_idle: float = setting("http.body_idle", 30.0, "how long a request body may pause", unit="duration")
    http_keep_alive: float = setting("http.keep_alive", 30.0, "how long an idle connection stays open", unit="duration")
    http_shutdown: float = setting("http.shutdown", 20.0, "time for open requests when stopping", unit="duration")
    http_max_json: int = setting("http.max_json", 10 << 20, "largest JSON body", unit="size")
    http_max_form: int = setting("http.max_form", 64 << 10, "largest login form", unit="size")
    http_max_query: int = setting("http.max_query", 64 << 10, "longest query of an address", unit="size")
    http_max_head: int = setting("http.max_head", 64 << 10, "largest request line with headers", unit="size")
    http_head_timeout: float = setting(
        "http.head_timeout", 30.0, "how long a connection may take to send a request's head", unit="duration"
    )
    http_trusted_proxies: tuple[str, ...] = setting(
        "http.trusted_proxies", (), "networks whose X-Forwarded headers are believed"
    )
    http_backlog: int = setting("http.backlog", 2048, "connections waiting to be accepted")

    egress_allow: tuple[str, ...] = setting(
        "egress.allow", (), "hosts, networks and ports that activities may reach beyond the rules; `host:port`, CIDR"
    )
    adapters_index: str = setting("adapters.index", "", "package index for missing adapter dependencies; none if empty")
    adapters_max_upload: int = setting("adapters.max_upload", 512 << 20, "largest adapter file", unit="size")

    connectors_max_in_flight: int = setting(
        "connectors.max_in_flight", 200, "calls of other systems that the server makes at once for its own task types"
    )
    connectors_max_payload: int = setting(
        "connectors.max_payload", 64 << 20, "largest answer that such a call takes, at most 64MiB", unit="size"
    )
    scripts_enabled: bool = setting("scripts.enabled", False, "whether tasks may run scripts on this machine")
    scripts_inline: bool = setting("scripts.inline", False, "whether definitions may hold scripts, not only name them")
    scripts_dir: str = setting("scripts.dir", "", "folder of installed scripts, as NAMESPACE/USER_TYPE/SCRIPT")
    scripts_network: bool = setting(
        "scripts.network", False, "whether scripts reach the network, past the rules for all other calls"
    )
    scripts_memory: int = setting("scripts.memory", 512 << 20, "memory of a script", unit="size")

    loops_max_iterations: int = setting(
        "loops.max_iterations", 10_000, "passes of one loop of a run before it fails, at most 100,000"
    )

    engine_max_open_runs: int = setting("engine.max_open_runs", 1_000_000, "open runs before starts are refused")
    engine_inbox: int = setting("engine.inbox", 10_000, "inputs waiting per run before they are refused")
    engine_queue: int = setting("engine.queue", 100_000, "tasks waiting per task queue before starts are refused")
    engine_cache: int = setting("engine.cache", 20_000, "runs kept in memory between turns")
    engine_retention: float = setting(
        "engine.retention", 30 * 86400.0, "how long closed jobs are kept", unit="duration"
    )

    cwm_token_lifetime: float = setting(
        "cwm.token_lifetime", 8 * 3600.0, "lifetime of login tickets and JWTs, at least 15 minutes", unit="duration"
    )
    cwm_query_credentials: bool = setting("cwm.query_credentials", True, "accept login fields as query parameters")
    cwm_v1_enum_text: str = setting("cwm.v1.enum_text", "short", "enum text in v1 jobs", choices="short long")
    cwm_v2_enum_text: str = setting("cwm.v2.enum_text", "long", "enum text in v2 jobs", choices="short long")
    cwm_empty_as_204: bool = setting("cwm.empty_as_204", True, "empty lists answer 204 where the API says so")
    cwm_long_poll_limit: float = setting("cwm.long_poll_limit", 3600.0, "longest wait of a long poll", unit="duration")

    idempotency_ttl_hours: int = setting(
        "idempotency.ttl_hours", 24, "hours for which the answer to a request with a key is kept and repeated"
    )
    workflowsvc_max_queued_runs: int = setting(
        "workflowsvc.max_queued_runs", 0, "jobs of a namespace that may wait to begin before starts are refused; 0: any"
    )
    workflowsvc_env: tuple[str, ...] = setting(
        "workflowsvc.env", (), "values that definitions may read as workflow.env; `name=value` each, never secret"
    )

    @property
    def database_path(self) -> Path:
        return self.data_dir / "weft.db"


@dataclass(frozen=True)
class Declared:
    """A setting's declaration, as the loader and the command line use it."""

    attribute: str
    name: str
    default: Any
    help: str
    secret: bool
    unit: str
    choices: tuple[str, ...]

    @property
    def env(self) -> str:
        return "WEFT_" + self.name.upper().replace(".", "_")

    @property
    def flag(self) -> str:
        return "--" + self.name.replace(".", "-").replace("_", "-")


TABLE: tuple[Declared, ...] = tuple(
    Declared(entry.name, default=entry.default, **entry.metadata) for entry in fields(Settings)
)
"""All settings in the order in which they are shown."""
