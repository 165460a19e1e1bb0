"""The demo's own target: an inventory and a RESTCONF device service in one small server process.

`r2` answers 503 to its first two configurations (a busy device), `sw2` refuses every configuration with 409. Nothing
here is a stand-in for Weft: it is the other system.
"""

from __future__ import annotations

import argparse
import base64
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TOKEN = "demo-token"
USER, PASSWORD = "lab", "lab-password"

DEVICES: list[dict[str, str]] = [
    {"name": "r1", "kind": "router"},
    {"name": "r2", "kind": "router"},
    {"name": "sw1", "kind": "switch"},
    {"name": "sw2", "kind": "switch"},
]
BUSY = {"r2": 2}
REFUSES = {"sw2"}


class Lab:
    """What the lab holds: configurations, addresses, and how often each device was written to."""

    def __init__(self) -> None:
        self.configs: dict[str, dict[str, Any]] = {}
        self.addresses: dict[str, str] = {}
        self.by_key: dict[str, str] = {}
        self.writes: dict[str, int] = {}
        self.next = 1

    def address_for(self, device: str, key: str) -> str:
        if key in self.by_key:
            return self.by_key[key]
        address = f"198.51.100.{self.next}"
        self.next += 1
        self.addresses[device] = self.by_key[key] = address
        return address

    def snapshot(self) -> dict[str, Any]:
        return {"configs": self.configs, "addresses": self.addresses, "writes": self.writes}


def allowed(request: Request) -> bool:
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return request.headers.get("authorization") in (f"Bearer {TOKEN}", f"Basic {basic}")


def build(lab: Lab) -> Starlette:
    async def devices(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"error": "no credentials"}, 401)
        if request.query_params.get("site") != "lab":
            return JSONResponse({"error": "no such site"}, 404)
        return JSONResponse({"devices": DEVICES})

    async def allocate(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"error": "no credentials"}, 401)
        body = await request.json()
        return JSONResponse({"address": lab.address_for(str(body["device"]), str(body["key"]))}, 201)

    async def release(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"error": "no credentials"}, 401)
        return JSONResponse({"released": lab.addresses.pop(request.path_params["device"], None)})

    async def config(request: Request) -> JSONResponse:
        name = request.path_params["name"]
        if not allowed(request):
            return JSONResponse({"error": "no credentials"}, 401)
        if request.method == "GET":
            held = lab.configs.get(name)
            return JSONResponse(held if held is not None else {"error": "not configured"}, 200 if held else 404)
        lab.writes[name] = lab.writes.get(name, 0) + 1
        if lab.writes[name] <= BUSY.get(name, 0):
            return JSONResponse({"error": f"{name} is busy"}, 503)
        if name in REFUSES:
            return JSONResponse({"error": f"{name} is locked by another manager"}, 409)
        lab.configs[name] = {**lab.configs.get(name, {}), **await request.json()}
        return JSONResponse({}, 200)

    async def state(request: Request) -> JSONResponse:
        return JSONResponse(lab.snapshot())

    return Starlette(
        routes=[
            Route("/inventory/devices", devices),
            Route("/inventory/addresses", allocate, methods=["POST"]),
            Route("/inventory/addresses/{device}", release, methods=["DELETE"]),
            Route("/restconf/data/devices/device={name}/config", config, methods=["GET", "PATCH"]),
            Route("/state", state),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="the demo's device service")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(build(Lab()), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
