"""The files of uploaded adapters: received piece by piece into a staging file, then kept under the adapter's id.

Layout below the folder: `<adapter id>-<first 12 hex digits of the digest>.tar`, and `incoming/` for uploads that are
not complete. A new file never overwrites the one that is deployed, so a failing replacement leaves the old one usable.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from weft.domain.errors import Invalid, TooLarge

MAX_ARCHIVE = 512 * 1024 * 1024
_BATCH = 1024 * 1024


class StagedFile(msgspec.Struct, frozen=True):
    """A complete upload that nobody has decided about yet. `digest` is SHA-256 (hex), `size` in bytes."""

    path: Path
    digest: str
    size: int


class AdapterFiles:
    """The folder of adapter files. All work on the disk is done off the event loop."""

    def __init__(self, folder: Path, max_bytes: int = MAX_ARCHIVE) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._max_bytes = max_bytes

    def prepare(self) -> None:
        """Make the folders; what an interrupted upload left is removed."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir(parents=True, exist_ok=True)

    async def receive(self, chunks: AsyncIterator[bytes], name: str) -> StagedFile:
        """Write an upload to the staging folder under `name`. Raises TooLarge, Invalid for an empty one."""
        path = self._incoming / name
        await asyncio.to_thread(self._incoming.mkdir, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        pending = bytearray()
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self._max_bytes:
                        raise TooLarge(f"the adapter file is larger than {self._max_bytes} bytes")
                    digest.update(chunk)
                    pending += chunk
                    if len(pending) >= _BATCH:
                        await asyncio.to_thread(file.write, bytes(pending))
                        pending.clear()
                await asyncio.to_thread(file.write, bytes(pending))
            if not size:
                raise Invalid("the upload holds no adapter file")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return StagedFile(path, digest.hexdigest(), size)

    async def copy(self, source: Path, name: str) -> StagedFile:
        """Stage a file that is on this machine already."""

        async def pieces() -> AsyncIterator[bytes]:
            with source.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, _BATCH):
                    yield piece

        return await self.receive(pieces(), name)

    async def discard(self, staged: StagedFile) -> None:
        """Forget an upload; nothing happens when it was kept."""
        await asyncio.to_thread(staged.path.unlink, missing_ok=True)

    async def keep(self, staged: StagedFile, adapter_id: str) -> str:
        """Make it a file of that adapter, replacing one of the same content. Gives its name below the folder."""
        name = f"{adapter_id}-{staged.digest[:12]}.tar"
        await asyncio.to_thread(staged.path.replace, self._folder / name)
        return name

    def path(self, name: str) -> Path:
        return self._folder / name

    async def remove(self, name: str) -> bool:
        """Whether there was such a file."""

        def work() -> bool:
            with contextlib.suppress(FileNotFoundError):
                (self._folder / name).unlink()
                return True
            return False

        return await asyncio.to_thread(work) if name else False
