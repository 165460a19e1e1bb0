"""`new`: the sources of an adapter that works, to be changed."""

from __future__ import annotations

import keyword
from pathlib import Path

from weft_adapter.author.archive import BuildError
from weft_adapter.manifest import ManifestError, load

_MANIFEST = """\
author: {vendor}
vendor: {vendor}
product: {product}
version: 0.1.0
description: Describe what the adapter reaches
module: {module}
cwmsdk: "2.1"
cwmversion: "2.1"
status: draft
python: ">=3.11"
resourceTypes:
  - id: {vendor}.{product}.resource.v1.0.0
    description: Where {product} is
    schema:
      type: object
      required: [scheme, host]
      properties:
        scheme: {{enum: [http, https]}}
        host: {{type: string, minLength: 1}}
        port: {{type: integer, minimum: 1, maximum: 65535}}
        timeout: {{type: number, exclusiveMinimum: 0}}
        allowInsecure: {{type: boolean}}
        basePath: {{type: string}}
"""

_FEATURE = '''\
"""Activities that look at things."""

from __future__ import annotations

from dataclasses import dataclass

from weft_adapter import ActivityContext, ActivityError, activity


@dataclass
class LookInput:
    """The path to look at, below the resource."""

    path: str = "/"


@activity(description="Read one thing")
async def look(input: LookInput, ctx: ActivityContext) -> dict:
    """Read one thing from the resource."""
    reply = await ctx.http.get(input.path)
    if reply.status_code == 404:
        raise ActivityError("NOT_THERE", f"there is nothing at {input.path}", retryable=False)
    reply.raise_for_status()
    return {"found": reply.json()}
'''

_TEST = '''\
"""Tests of the activities, without a network."""

import unittest

import httpx

from weft_adapter import ActivityError
from weft_adapter.testing import RecordingTransport, call
from %(module)s.things import look

RESOURCE = {"scheme": "http", "host": "device.test"}


class LookTest(unittest.TestCase):
    def test_it_reads_the_thing(self) -> None:
        http = RecordingTransport([httpx.Response(200, json={"name": "r1"})])
        self.assertEqual(call(look, {"path": "/r1"}, resource=RESOURCE, transport=http), {"found": {"name": "r1"}})
        self.assertEqual(http.requests[0].url.path, "/r1")

    def test_a_missing_thing_is_an_error_of_its_own(self) -> None:
        http = RecordingTransport([httpx.Response(404)])
        with self.assertRaises(ActivityError) as caught:
            call(look, {"path": "/r2"}, resource=RESOURCE, transport=http)
        self.assertEqual(caught.exception.code, "NOT_THERE")
'''


def new(path: Path, vendor: str, product: str) -> list[Path]:
    """Write an adapter's sources into `path`, which must be empty or not exist; the files written.

    Raises BuildError if there is something already, or vendor or product are no names of the manifest.
    """
    module = f"{vendor}_{product}".replace("-", "_")
    if not module.isidentifier() or keyword.iskeyword(module):
        module = f"adapter_{module}"
    manifest = _MANIFEST.format(vendor=vendor, product=product, module=module)
    try:
        load(lambda name: manifest.encode() if name == "adapter.yaml" else None)
    except ManifestError as error:
        raise BuildError(str(error)) from None
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BuildError(f"{path} is not empty; name a new directory")
    files = {
        "adapter.yaml": manifest,
        f"src/{module}/__init__.py": f'"""Activities for {vendor} {product}. Each module is a feature."""\n',
        f"src/{module}/things.py": _FEATURE,
        "tests/test_things.py": _TEST % {"module": module},
    }
    written: list[Path] = []
    for name, text in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    return written
