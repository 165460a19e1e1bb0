"""`push`: upload an archive to a server and deploy it."""

from __future__ import annotations

from pathlib import Path

import httpx

BASE_PATH = "/crosswork/cwm/v2"


class PushError(Exception):
    """The server refused, or cannot be reached; the text is its reason."""


def push(
    archive: Path,
    base_url: str,
    token: str,
    *,
    client: httpx.Client | None = None,
    force: bool = False,
    deploy: bool = True,
    create_worker: bool = True,
    default: bool = False,
) -> str:
    """Upload the archive and, unless `deploy` is false, deploy it; the adapter id.

    `token` is a bearer token (empty: the client brings its own credentials). `force` replaces other content of the
    same version, `create_worker` starts a worker named like the adapter, `default` makes it the version that
    `@latest` means. Raises PushError.
    """
    own = client is None
    http = client or httpx.Client(timeout=120.0, trust_env=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    root = base_url.rstrip("/") + BASE_PATH
    try:
        with archive.open("rb") as content:
            reply = http.post(
                f"{root}/adapter",
                params={"force": "true" if force else "false"},
                headers=headers,
                files={"file": (archive.name, content, "application/gzip")},
            )
        adapter_id = str(_answer(reply))
        if deploy:
            body = {"createWorker": create_worker, "defaultStatus": default}
            _answer(http.post(f"{root}/adapter/{adapter_id}/deploy", json=body, headers=headers))
        return adapter_id
    except httpx.HTTPError as error:
        raise PushError(f"{base_url}: {error}") from None
    except OSError as error:
        raise PushError(f"{archive}: {error.strerror}") from None
    finally:
        if own:
            http.close()


def _answer(reply: httpx.Response) -> object:
    try:
        body = reply.json()
    except ValueError:
        body = reply.text
    if reply.is_success:
        return body
    if isinstance(body, dict):
        body = "; ".join(str(body[key]) for key in ("message", "detail", "details") if body.get(key)) or body
    raise PushError(f"{reply.request.method} {reply.request.url.path}: {reply.status_code}: {str(body)[:2_000]}")
