"""Activities on the devices of a site."""

from typing import Any, TypedDict

from weft_adapter import ActivityContext, ActivityError, activity


class ListInput(TypedDict):
    site: str


@activity(name="List", description="The devices of a site, in the order of the inventory")
async def list_devices(input: ListInput, ctx: ActivityContext) -> dict[str, Any]:
    reply = await ctx.http.get("/inventory/devices", params={"site": input["site"]})
    if reply.status_code == 404:
        raise ActivityError("NO_SUCH_SITE", f"the inventory knows no site {input['site']}", retryable=False)
    reply.raise_for_status()
    devices = reply.json()["devices"]
    ctx.log.info("inventory read", site=input["site"], devices=len(devices))
    return {"devices": devices}
