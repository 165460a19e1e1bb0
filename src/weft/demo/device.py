"""The demo's own target: an inventory and a RESTCONF device service in one small server process.

`r2` answers 503 to its first two configurations (a busy device), `sw2` refuses every configuration with 409, and the
inventory has settled when it is asked for the third time. `?delay=` (seconds) makes an answer take its time. Nothing
here is a stand-in for Weft: it is the other system.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
from collections.abc import Awaitable, Callable
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
SETTLED_AT = 3
MAX_DELAY_S = 2.0


class Lab:
    """What the lab holds: configurations, addresses, and how often each device was written to."""

    def __init__(self) -> None:
        self.configs: dict[str, dict[str, Any]] = {}
        self.addresses: dict[str, str] = {}
        self.by_key: dict[str, str] = {}
        self.writes: dict[str, int] = {}
        self.reports: list[Any] = []
        self.events: list[Any] = []
        self.beats = 0
        self.asked = 0
        self.next = 1

    def address_for(self, device: str, key: str) -> str:
        if key in self.by_key:
            return self.by_key[key]
        address = f"198.51.100.{self.next}"
        self.next += 1
        self.addresses[device] = self.by_key[key] = address
        return address

    def snapshot(self) -> dict[str, Any]:
        return {
            "configs": self.configs,
            "addresses": self.addresses,
            "writes": self.writes,
            "reports": self.reports,
            "events": self.events,
            "beats": self.beats,
            "asked": self.asked,
        }


def allowed(request: Request) -> bool:
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return request.headers.get("authorization") in (f"Bearer {TOKEN}", f"Basic {basic}")


def delay_s(text: str) -> float:
    """How long an answer is to take; whatever is no such number is none."""
    try:
        return min(MAX_DELAY_S, max(0.0, float(text)))
    except ValueError:
        return 0.0


Endpoint = Callable[[Request], Awaitable[JSONResponse]]


def guarded(answer: Endpoint) -> Endpoint:
    """Only with the lab's credentials, as the token or as user and password; after the delay that was asked for."""

    async def checked(request: Request) -> JSONResponse:
        if not allowed(request):
            return JSONResponse({"error": "no credentials"}, 401)
        await asyncio.sleep(delay_s(request.query_params.get("delay", "")))
        return await answer(request)

    return checked


class Service:
    """The endpoints over one Lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    async def devices(self, request: Request) -> JSONResponse:
        if request.query_params.get("site") != "lab":
            return JSONResponse({"error": "no such site"}, 404)
        return JSONResponse({"devices": DEVICES})

    async def allocate(self, request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse({"address": self.lab.address_for(str(body["device"]), str(body["key"]))}, 201)

    async def release(self, request: Request) -> JSONResponse:
        return JSONResponse({"released": self.lab.addresses.pop(request.path_params["device"], None)})

    async def read(self, request: Request) -> JSONResponse:
        held = self.lab.configs.get(request.path_params["name"])
        return JSONResponse({"error": "not configured"}, 404) if held is None else JSONResponse(held)

    async def write(self, request: Request) -> JSONResponse:
        lab, name = self.lab, request.path_params["name"]
        lab.writes[name] = lab.writes.get(name, 0) + 1
        if lab.writes[name] <= BUSY.get(name, 0):
            return JSONResponse({"error": f"{name} is busy"}, 503)
        if name in REFUSES:
            return JSONResponse({"error": f"{name} is locked by another manager"}, 409)
        lab.configs[name] = {**lab.configs.get(name, {}), **await request.json()}
        return JSONResponse({}, 200)

    async def settled(self, request: Request) -> JSONResponse:
        self.lab.asked += 1
        return JSONResponse({"settled": self.lab.asked >= SETTLED_AT, "asked": self.lab.asked})

    async def report(self, request: Request) -> JSONResponse:
        self.lab.reports.append(await request.json())
        return JSONResponse({"number": len(self.lab.reports)}, 201)

    async def event(self, request: Request) -> JSONResponse:
        self.lab.events.append(await request.json())
        return JSONResponse({}, 202)

    async def beat(self, request: Request) -> JSONResponse:
        self.lab.beats += 1
        return JSONResponse({"beats": self.lab.beats}, 201)

    async def state(self, request: Request) -> JSONResponse:
        return JSONResponse(self.lab.snapshot())


def build(lab: Lab) -> Starlette:
    service = Service(lab)
    config = "/restconf/data/devices/device={name}/config"
    return Starlette(
        routes=[
            Route("/inventory/devices", guarded(service.devices)),
            Route("/inventory/addresses", guarded(service.allocate), methods=["POST"]),
            Route("/inventory/addresses/{device}", guarded(service.release), methods=["DELETE"]),
            Route("/inventory/settled", guarded(service.settled)),
            Route("/inventory/reports", guarded(service.report), methods=["POST"]),
            Route("/inventory/beats", guarded(service.beat), methods=["POST"]),
            Route("/inventory/events", guarded(service.event), methods=["POST"]),
            Route(config, guarded(service.read), methods=["GET"]),
            Route(config, guarded(service.write), methods=["PATCH"]),
            Route("/state", service.state),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="the demo's device service")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(build(Lab()), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
