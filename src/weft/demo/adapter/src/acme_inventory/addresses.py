"""Activities on the address pool."""

from dataclasses import dataclass
from typing import Any

from weft_adapter import ActivityContext, activity


@dataclass
class AddressInput:
    device: str


@activity(name="Allocate", description="Reserve a management address for a device")
async def allocate(input: AddressInput, ctx: ActivityContext) -> dict[str, Any]:
    # The attempt id makes the reservation idempotent: handed out again, the server gives the same address.
    reply = await ctx.http.post("/inventory/addresses", json={"device": input.device, "key": ctx.attempt_id})
    reply.raise_for_status()
    return {"address": reply.json()["address"]}


@activity(name="Release", description="Give a device's address back")
async def release(input: AddressInput, ctx: ActivityContext) -> dict[str, Any]:
    reply = await ctx.http.delete(f"/inventory/addresses/{input.device}")
    reply.raise_for_status()
    return {"released": reply.json()["released"]}
