"""The manifest of an adapter: adapter.yaml or adapter.properties, and the schemas it names.

If both files exist adapter.yaml counts. Scalars are taken as the text that is written (`version: 1.20.0` needs no
quotes). A schema is written inline or as a path inside the package; properties have their types read from
`schemas/resource.<type id>.json` and `schemas/secret.<type id>.json`. Properties name resource types only
(`resourcetype`), so every file of the second form declares a secret type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from weft_adapter.manifest_text import read_properties, read_yaml
from weft_adapter.schemas import check_schema

Reader = Callable[[str], bytes | None]
"""A file of the package by its path, None if there is none."""

MAX_TYPES = 100
YAML_NAME, PROPERTIES_NAME = "adapter.yaml", "adapter.properties"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_TYPE_ID = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){2,6}\.v\d+\.\d+\.\d+")
_SECRET_FILE = re.compile(r"schemas/secret\.(.{1,255})\.json")
_PYTHON = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+){0,2})")
_SCALARS = (
    "author", "vendor", "product", "version", "description", "module", "cwmsdk", "cwmversion", "status", "python",
)  # fmt: skip
MAX_SCALAR = 4_096


class ManifestError(ValueError):
    """The manifest cannot be used. `problems` lists everything that is wrong, and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class TypeDeclaration(msgspec.Struct, frozen=True):
    """A resource or secret type the adapter brings: its id, a text for people, its JSON Schema."""

    id: str
    description: str = ""
    schema: dict[str, Any] = {}


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """A manifest that was checked. `module` is the import name under `src/`."""

    vendor: str
    product: str
    version: str
    module: str
    author: str = ""
    description: str = ""
    cwmsdk: str = ""
    cwmversion: str = ""
    status: str = ""
    python: str = ""
    resource_types: tuple[TypeDeclaration, ...] = ()
    secret_types: tuple[TypeDeclaration, ...] = ()

    @property
    def adapter_id(self) -> str:
        """`<vendor>.<product>.v<x.y.z>`."""
        return f"{self.vendor}.{self.product}.v{self.version}"

    @property
    def resource_type_id(self) -> str:
        """The adapter's first resource type, or `none`."""
        return self.resource_types[0].id if self.resource_types else "none"

    def runs_on(self, version: tuple[int, ...]) -> bool:
        """True if `python` (`>=3.11, <4`) permits this interpreter version."""
        return all(_compare(version, sign, bound) for sign, bound in _PYTHON.findall(self.python))


def load(read: Reader, names: Iterable[str] = ()) -> Manifest:
    """The manifest of a package whose files `read` gives and whose files are called `names` (at least its schemas).

    Raises ManifestError with every problem found.
    """
    text = read(YAML_NAME)
    if text is not None:
        return _build(read_yaml(text, ManifestError), read)
    text = read(PROPERTIES_NAME)
    if text is None:
        raise ManifestError([f"there is no {YAML_NAME} (or {PROPERTIES_NAME}) at the root of the package; add one"])
    fields: dict[str, Any] = dict(read_properties(text, ManifestError))
    named = fields.pop("resourcetype", "none")
    fields["resourceTypes"] = _property_types(_ids(named), "resource")
    there = [match[1] for name in sorted(names) if (match := _SECRET_FILE.fullmatch(name))]
    secrets = dict.fromkeys([*_ids(fields.pop("secrettype", "none")), *there])
    fields["secretTypes"] = _property_types(secrets, "secret")
    return _build(fields, read)


def _ids(named: str) -> list[str]:
    return [name for part in named.split(",") if (name := part.strip()) and name != "none"]


def _property_types(ids: Iterable[str], kind: str) -> list[dict[str, Any]]:
    return [{"id": name, "schema": f"schemas/{kind}.{name}.json"} for name in ids]


def _build(fields: Mapping[str, Any], read: Reader) -> Manifest:
    problems: list[str] = []
    folded = {str(key).lower(): value for key, value in fields.items()}
    scalars: dict[str, str] = {}
    for name in _SCALARS:
        value = folded.get(name, "")
        if not isinstance(value, str) or len(value) > MAX_SCALAR:
            problems.append(f"{name}: write a text of at most {MAX_SCALAR} characters")
            continue
        scalars[name] = value.strip()
    problems += _scalar_problems(scalars)
    resources = _types(folded.get("resourcetypes"), "resourceTypes", read, problems)
    secrets = _types(folded.get("secrettypes"), "secretTypes", read, problems)
    if problems:
        raise ManifestError(problems)
    return Manifest(**scalars, resource_types=resources, secret_types=secrets)


def _scalar_problems(scalars: Mapping[str, str]) -> list[str]:
    problems: list[str] = []
    for name in ("vendor", "product"):
        if not _NAME.fullmatch(scalars.get(name, "")):
            problems.append(f"{name}: required; lower-case letters, digits, _ and -, a letter or digit first")
    if not _VERSION.fullmatch(scalars.get("version", "")):
        problems.append(f"version: required; three numbers such as 1.2.0, not {scalars.get('version', '')!r}")
    if not _MODULE.fullmatch(scalars.get("module", "")):
        problems.append("module: required; the import name of the package under src/, such as acme_ipam")
    elif scalars["module"].split("_")[0] == "weft" or scalars["module"] in ("msgspec", "httpx", "yaml"):
        problems.append(f"module: {scalars['module']} is a name of the system's own; take another")
    python = scalars.get("python", "")
    if python and not all(_PYTHON.fullmatch(part.strip()) for part in python.split(",")):
        problems.append(f"python: write version bounds such as >=3.11 or >=3.11,<4, not {python!r}")
    return problems


def _types(value: Any, key: str, read: Reader, problems: list[str]) -> tuple[TypeDeclaration, ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list) or len(value) > MAX_TYPES:
        problems.append(f"{key}: write a list of at most {MAX_TYPES} types")
        return ()
    found: list[TypeDeclaration] = []
    for index, item in enumerate(value):
        where = f"{key}[{index}]"
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not _TYPE_ID.fullmatch(item["id"]):
            problems.append(f"{where}: needs an id such as acme.ipam.resource.v1.0.0")
            continue
        if any(item["id"] == earlier.id for earlier in found):
            problems.append(f"{where}: {item['id']} is declared twice")
            continue
        schema = _schema(item.get("schema", {}), where, read, problems)
        found.append(TypeDeclaration(item["id"], str(item.get("description", "")), schema))
    return tuple(found)


def _schema(value: Any, where: str, read: Reader, problems: list[str]) -> dict[str, Any]:
    if isinstance(value, str):
        text = read(value.removeprefix("./"))
        if text is None:
            problems.append(f"{where}.schema: there is no file {value} in the package")
            return {}
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            problems.append(f"{where}.schema: {value} is not JSON")
            return {}
    reason = check_schema(value)
    if reason:
        problems.append(f"{where}.schema: {reason}")
        return {}
    return value


def _compare(version: tuple[int, ...], sign: str, bound: str) -> bool:
    wanted = tuple(int(part) for part in bound.split("."))
    have = version[: len(wanted)]
    return {
        ">=": have >= wanted, "<=": have <= wanted, "==": have == wanted,
        "!=": have != wanted, ">": have > wanted, "<": have < wanted,
    }[sign]  # fmt: skip
