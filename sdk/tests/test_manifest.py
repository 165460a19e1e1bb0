"""Manifests of adapters."""

import pytest

from weft_adapter.manifest import Manifest, ManifestError, load

YAML = """
author: acme
vendor: acme
product: ipam
version: 1.2.0
description: IP address management
module: acme_ipam
cwmsdk: "2.1"
cwmversion: 2.10
status: released
python: ">=3.11"
resourceTypes:
  - id: acme.ipam.resource.v1.0.0
    description: IPAM server
    schema: {type: object, required: [scheme], properties: {scheme: {enum: [http, https]}, port: {type: integer}}}
secretTypes:
  - {id: acme.ipam.key.v1.0.0, description: API key, schema: schemas/key.json}
"""
KEY = b'{"type": "object", "required": ["key"]}'


def read(files: dict[str, str | bytes]) -> Manifest:
    def reader(name: str) -> bytes | None:
        found = files.get(name)
        return found.encode() if isinstance(found, str) else found

    return load(reader, files)


def problems(files: dict[str, str | bytes]) -> str:
    with pytest.raises(ManifestError) as caught:
        read(files)
    return " | ".join(caught.value.problems)


def test_a_yaml_manifest() -> None:
    manifest = read({"adapter.yaml": YAML, "schemas/key.json": KEY})
    assert manifest.adapter_id == "acme.ipam.v1.2.0"
    assert manifest.resource_type_id == "acme.ipam.resource.v1.0.0"
    assert manifest.cwmversion == "2.10"
    assert manifest.resource_types[0].schema["properties"]["scheme"] == {"enum": ["http", "https"]}
    assert manifest.secret_types[0].schema == {"type": "object", "required": ["key"]}
    assert (manifest.module, manifest.author, manifest.status) == ("acme_ipam", "acme", "released")


def test_properties_with_types_from_files() -> None:
    text = "# adapter\nvendor=acme\nproduct = ipam\nversion=1.2.0\nmodule=acme_ipam\n"
    text += "resourcetype=acme.ipam.resource.v1.0.0\n"
    manifest = read({"adapter.properties": text, "schemas/resource.acme.ipam.resource.v1.0.0.json": KEY})
    assert manifest.resource_type_id == "acme.ipam.resource.v1.0.0"
    none = read({"adapter.properties": text.replace("acme.ipam.resource.v1.0.0", "none")})
    assert none.resource_type_id == "none"


def test_properties_have_the_secret_types_that_are_there() -> None:
    text = "vendor=acme\nproduct=ipam\nversion=1.2.0\nmodule=acme_ipam\nresourcetype=none\n"
    manifest = read(
        {"adapter.properties": text, "schemas/secret.acme.ipam.key.v1.0.0.json": KEY, "schemas/o.json": KEY}
    )
    assert [one.id for one in manifest.secret_types] == ["acme.ipam.key.v1.0.0"]
    assert manifest.secret_types[0].schema == {"type": "object", "required": ["key"]}
    assert problems({"adapter.properties": text, "schemas/secret.Bad Id.json": KEY})


def test_yaml_counts_if_both_exist() -> None:
    files: dict[str, str | bytes] = {
        "adapter.yaml": YAML,
        "schemas/key.json": KEY,
        "adapter.properties": "vendor=other",
    }
    assert read(files).vendor == "acme"


def test_no_manifest_says_what_to_add() -> None:
    assert "adapter.yaml" in problems({})


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("vendor: acme", "vendor: Acme", "vendor"),
        ("product: ipam", "product: ../x", "product"),
        ("version: 1.2.0", "version: 1.2", "version"),
        ("version: 1.2.0", "version: 01.2.0", "version"),
        ("module: acme_ipam", "module: acme.ipam", "module"),
        ("module: acme_ipam", "module: weft_adapter", "module"),
        ('">=3.11"', '"newest"', "python"),
        ("id: acme.ipam.resource.v1.0.0", "id: nonsense", "resourceTypes[0]"),
        ("type: integer", "type: whole", "resourceTypes[0].schema"),
        ("schemas/key.json", "schemas/none.json", "no file"),
        ("schemas/key.json", "../../etc/passwd", "no file"),
        ("{id: acme.ipam.key.v1.0.0", "{id: acme.ipam.key.v1.0.0}\n  - {id: acme.ipam.key.v1.0.0", "twice"),
        ("author: acme", "author: [a]", "author"),
        ("secretTypes:\n", "secretTypes: x\nother:\n", "secretTypes"),
    ],
)
def test_each_mistake_is_named(old: str, new: str, text: str) -> None:
    assert old in YAML
    assert text in problems({"adapter.yaml": YAML.replace(old, new), "schemas/key.json": KEY})


def test_all_mistakes_are_told_at_once() -> None:
    told = problems({"adapter.yaml": "vendor: A\nproduct: B\nversion: x\nmodule: 1\n"})
    assert all(name in told for name in ("vendor", "product", "version", "module"))


def test_a_schema_file_that_is_no_json() -> None:
    assert "not JSON" in problems({"adapter.yaml": YAML, "schemas/key.json": "{"})


def test_a_schema_with_an_outside_reference() -> None:
    assert "schema" in problems({"adapter.yaml": YAML, "schemas/key.json": '{"$ref": "http://127.0.0.1/x"}'})


def test_python_bounds() -> None:
    def runs(bounds: str, version: tuple[int, ...]) -> bool:
        return Manifest("a", "b", "1.0.0", "m", python=bounds).runs_on(version)

    assert runs(">=3.11, <4", (3, 11, 7))
    assert runs("", (3, 11, 7))
    assert runs("==3.11", (3, 11, 7))
    assert not runs(">3.11", (3, 11, 7))
    assert not runs("<=3.10", (3, 11, 7))
    assert not runs("!=3.11", (3, 11, 7))
