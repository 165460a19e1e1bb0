"""Weft as an ASGI application for a server of your own: `uvicorn weft.app.asgi:app`, with one process.

Settings come from the environment and from the file that `WEFT_CONFIG` names. The parts start and stop with the
server's lifespan, which must be on.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from weft.app.bootstrap import build
from weft.app.logging import configure_logging
from weft.app.settings import Settings
from weft.app.settings_loading import load_settings
from weft.web.answers import Message, Receive, Send
from weft.web.asgi_app import WebApp


class Application:
    """Builds the parts when the lifespan begins; requests before that are an error of the server."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._web: WebApp | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._web is None:
            raise RuntimeError("the server did not start the application: turn its lifespan support on")
        else:
            await self._web(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            settings = self._settings if self._settings is not None else load_settings().settings
            configure_logging(settings.log_level, settings.log_format)
            async with AsyncExitStack() as stack:
                parts = await build(settings, stack)
                for notice in parts.notices:
                    parts.log.info(notice)
                self._web = parts.web
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self._web = None
        except Exception as cause:  # noqa: BLE001 - told to the server, which ends
            stage = "startup" if self._web is None else "shutdown"
            await send({"type": f"lifespan.{stage}.failed", "message": str(cause)})
            return
        await send({"type": "lifespan.shutdown.complete"})


app = Application()
