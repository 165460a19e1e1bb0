"""The resource and secret types that exist without any adapter."""

from __future__ import annotations

from typing import Any

from weft.domain.resources import ResourceType
from weft.domain.secrets import SecretType

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_WORD: dict[str, Any] = {"type": "string"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_PORT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 65535}
_SECONDS: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


_HTTP = _object(
    ("scheme", "host", "port"),
    scheme=_one_of("http", "https"),
    host=_TEXT,
    port=_PORT,
    timeout=_SECONDS,
    allowInsecure=_FLAG,
    basePath=_WORD,
)
# A consumed event type needs no target, so an empty object is a resource as well.
_HTTP_EVENTS: dict[str, Any] = {
    "type": "object",
    "anyOf": [{"maxProperties": 0}, {"required": ["scheme", "host", "port"]}],
    "properties": {
        "scheme": _one_of("http", "https"),
        "host": _TEXT,
        "port": _PORT,
        "timeout": _SECONDS,
        "allowInsecure": _FLAG,
    },
}
_KAFKA = _object(
    ("brokers",),
    brokers={"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^.+:[0-9]{1,5}$"}},
    clientId=_WORD,
    groupId=_WORD,
    tls=_FLAG,
    saslMechanism=_WORD,
)
_AMQP = _object(("host", "port"), host=_TEXT, port=_PORT, scheme=_one_of("amqp", "amqps"), virtualHost=_WORD)
_MQTT = _object(
    ("host", "port"),
    host=_TEXT,
    port=_PORT,
    scheme=_one_of("mqtt", "mqtts"),
    clientId=_WORD,
    qos={"type": "integer", "minimum": 0, "maximum": 2},
)
_BROKER = _object(
    ("host",),
    host=_TEXT,
    port=_PORT,
    scheme=_one_of("mqtt", "mqtts"),
    clientId=_WORD,
    qos={"type": "integer", "minimum": 0, "maximum": 2},
    version={"enum": [3, 5]},
    allowInsecure=_FLAG,
)
_URL: dict[str, Any] = {"type": "string", "pattern": "^https?://[^\\s@]+$"}
_MODEL = _object(("baseUrl",), baseUrl=_URL, model=_TEXT, allowInsecure=_FLAG)
_BUILDING = _object(("url",), url=_URL, project=_WORD, allowInsecure=_FLAG)
_DATABASE = _object(
    ("driver", "database"),
    driver=_one_of("postgres", "mysql", "sqlite"),
    database=_TEXT,
    host=_TEXT,
    port=_PORT,
    sslMode=_WORD,
    timeout=_SECONDS,
)
_EMAIL = {**_object(("host", "port"), host=_TEXT, port=_PORT, security=_one_of("none", "starttls", "tls"))}
_EMAIL["properties"] = {**_EMAIL["properties"], "from": _WORD}
_SHELL = _object(("host",), host=_TEXT, port=_PORT, hostKey=_WORD, prompt=_WORD, timeout=_SECONDS)

_RESOURCES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("system.event.kafka.v1.0.0", "Kafka cluster that carries events", _KAFKA),
    ("system.event.amqp.v1.0.0", "AMQP 0-9-1 broker that carries events", _AMQP),
    ("system.event.mqtt.v1.0.0", "MQTT broker that carries events", _MQTT),
    ("system.event.http.v1.0.0", "HTTP ingress, and target of produced events", _HTTP_EVENTS),
    ("generic.rest.resource.v1.0.0", "HTTP server", _HTTP),
    ("cisco.nso.resource.v1.0.0", "NSO server with RESTCONF", _HTTP),
    ("generic.mqtt.resource.v1.0.0", "MQTT broker that tasks publish to", _BROKER),
    ("generic.ai.resource.v1.0.0", "Language model behind an OpenAI-compatible API", _MODEL),
    ("generic.haystack.resource.v1.0.0", "Project Haystack server", _BUILDING),
    ("generic.db.resource.v1.0.0", "SQL database", _DATABASE),
    ("generic.email.resource.v1.0.0", "SMTP server", _EMAIL),
    ("generic.cli.resource.v1.0.0", "SSH server", _SHELL),
)

_SECRETS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("basicAuth", "User name and password", _object(("username", "password"), username=_WORD, password=_WORD)),
    ("token", "Token", _object(("token",), token=_TEXT)),
    ("bearer", "Bearer token", _object(("token",), token=_TEXT)),
    (
        "sshKey",
        "SSH user and private key",
        _object(("username", "privateKey"), username=_TEXT, privateKey=_TEXT, passphrase=_WORD),
    ),
    ("tls", "TLS certificate", _object(("certificate",), certificate=_TEXT, privateKey=_WORD, ca=_WORD)),
)


def builtin_resource_types() -> list[ResourceType]:
    """Every resource type of the server itself and of the adapters that come with it."""
    return [ResourceType(id=name, description=text, schema=schema, builtin=True) for name, text, schema in _RESOURCES]


def builtin_secret_types() -> list[SecretType]:
    """Every secret type that exists without an adapter."""
    return [SecretType(id=name, description=text, schema=schema, builtin=True) for name, text, schema in _SECRETS]
