"""OpenAPI 3.1 from the operations, one document per dialect and mount.

Message types become JSON Schemas under `components`; a mapping is taken as a JSON Schema that was written by hand.
`downgrade` gives the same document in OpenAPI 3.0.3 for tools that read nothing newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from weft.web.operations import Dialect, Operation, Parameter
from weft.web.templates import shown

_SECURITY: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "basic": {"type": "http", "scheme": "basic"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_PHRASES = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No content", 400: "Bad request", 401: "No or bad credentials",
    403: "Forbidden", 404: "Not found", 405: "Method not allowed", 409: "Conflict", 412: "Changed meanwhile",
    413: "Too large", 415: "Media type not supported", 422: "Cannot be processed", 429: "Too many requests",
    500: "Internal error", 501: "Not in this release", 503: "Unavailable",
}  # fmt: skip
_REF = "#/components/schemas/{name}"


def openapi_document(dialect: Dialect, mount: str, version: str) -> dict[str, Any]:
    """The document for one mount; hidden operations are left out."""
    visible = [operation for operation in dialect.operations if not operation.hidden]
    types = [each for operation in visible for each in _types_of(operation)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in visible:
        path = "/" + shown(operation.path).strip("/")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, by_type)
    groups = sorted({operation.group for operation in visible if operation.group})
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": version},
        "servers": [{"url": "/" + dialect.mounts[mount].strip("/")}],
        "tags": [{"name": group} for group in groups],
        "paths": paths,
        "components": {"schemas": dict(components), "securitySchemes": _SECURITY},
        "security": [{name: []} for name in _SECURITY],
    }


def _types_of(operation: Operation) -> Iterator[Any]:
    for kind in (operation.request, *operation.responses.values()):
        if kind is not None and not isinstance(kind, Mapping):
            yield kind


def _operation(operation: Operation, by_type: Mapping[int, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": re.sub(r"[^A-Za-z0-9_]+", "_", operation.name),
        "summary": operation.summary,
        "parameters": [_parameter(each) for each in _parameters(operation)],
        "responses": {str(s): _response(s, kind, by_type) for s, kind in sorted(operation.responses.items())}
        or {"200": {"description": _PHRASES[200]}},
    }
    if operation.group:
        document["tags"] = [operation.group]
    if operation.request is not None:
        media = "application/json"
        if isinstance(operation.request, Mapping) and "x-media" in operation.request:
            media = str(operation.request["x-media"])
        document["requestBody"] = {"content": {media: {"schema": _schema(operation.request, by_type)}}}
    if operation.permission is None:
        document["security"] = []
    else:
        document["x-permission"] = operation.permission
    return document


def _parameters(operation: Operation) -> list[Parameter]:
    declared = {each.name for each in operation.parameters if each.where == "path"}
    names = re.findall(r"\{([^}]+)\}", operation.path)
    return [Parameter(name, "path") for name in names if name not in declared] + list(operation.parameters)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.where,
        "schema": dict(parameter.schema) if parameter.schema is not None else {"type": "string"},
    }
    if parameter.description:
        document["description"] = parameter.description
    if parameter.required or parameter.where == "path":
        document["required"] = True
    return document


def _response(status: int, kind: Any, by_type: Mapping[int, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"description": _PHRASES.get(status, "Answer")}
    if kind is not None:
        media = "application/json"
        if isinstance(kind, Mapping):
            media = str(kind.get("x-media", media))
            document["description"] = str(kind.get("description", document["description"]))
        document["content"] = {media: {"schema": _schema(kind, by_type)}}
    return document


def _schema(kind: Any, by_type: Mapping[int, Any]) -> Any:
    if isinstance(kind, Mapping):
        return {name: value for name, value in kind.items() if name != "x-media"}
    return by_type[id(kind)]


def downgrade(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same in OpenAPI 3.0.3: null types become `nullable`, `const` an enum, type lists the first of them."""
    older: dict[str, Any] = _older(document)
    older["openapi"] = "3.0.3"
    return older


def _older(value: Any) -> Any:
    if isinstance(value, list):
        return [_older(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    result: dict[str, Any] = {name: _older(item) for name, item in value.items()}
    kinds = value.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        rest = [_older(kind) for kind in kinds if kind != {"type": "null"}]
        del result["anyOf"]
        result.update(rest[0] if len(rest) == 1 and "$ref" not in rest[0] else {"anyOf": rest}, nullable=True)
    named = result.get("type")
    if isinstance(named, list):
        real = [each for each in named if each != "null"]
        result["type"] = real[0] if real else "object"
        if "null" in named:
            result["nullable"] = True
    elif named == "null":
        result["type"] = "object"
        result["nullable"] = True
    if "const" in result and not isinstance(result["const"], (dict, list)):
        result["enum"] = [result.pop("const")]
    return result
