"""A server's records and their API in one process: SQLite in memory, real vault, a worker host without processes.

Archives are really read; what a real host does with processes (starting, environments) is only remembered here.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog

from weft.api.cwm.dialect import CwmServices, dialect
from weft.app.ids import SystemIds
from weft.app.sealing import register_sealed
from weft.domain.access import PERMISSIONS, Principal
from weft.domain.errors import Invalid, NotFound, Unauthenticated
from weft.domain.schemas import check
from weft.ports.fetch import FetchReply, FetchRequest
from weft.ports.workers import (
    ActivityInfo,
    DeployFailed,
    InstalledAdapter,
    Package,
    ProcessStatus,
    WorkerSpec,
    WorkerState,
    WorkerStatus,
)
from weft.services.activity_resolution import ActivityResolution
from weft.services.adapter_files import AdapterFiles
from weft.services.adapters import Adapters
from weft.services.event_publishing import EventPublishing
from weft.services.event_types import EventTypes
from weft.services.events import Events, EventStart
from weft.services.missing_activities import missing_activities
from weft.services.programs import Programs
from weft.services.resource_types import ResourceTypes
from weft.services.resources import Resources
from weft.services.secret_types import SecretTypes
from weft.services.secrets import Secrets
from weft.services.system_functions import SystemFunctions
from weft.services.type_registry import register_builtin
from weft.services.worker_profiles import WorkerProfiles
from weft.services.workers import Workers
from weft.services.workflow_transfer import WorkflowTransfer
from weft.services.workflows import Workflows
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault
from weft.web.asgi_app import WebApp
from weft.web.operations import Operation
from weft.web.routing import Found
from weft.workers import archive as archives

ROOT = Principal(name="root", roles=("admin",), superuser=True)
NOBODY = Principal(name="nobody")
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"


class MovingClock:
    """Time passes only when `pass_s` is called."""

    def __init__(self) -> None:
        self.ms = 1_770_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def pass_s(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


def manifest(vendor: str, product: str, version: str, resource: str = "", secret: str = "") -> str:
    """An adapter.yaml; the types are of the family and have a schema that asks for a host, or a key."""
    lines = [f"vendor: {vendor}", f"product: {product}", f"version: {version}", f"module: {vendor}_{product}",
             "author: acme", "description: for tests", 'cwmversion: "2.1"', 'python: ">=3.11"']  # fmt: skip
    if resource:
        schema = "{type: object, required: [host], properties: {host: {type: string}}}"
        lines += ["resourceTypes:", f"  - {{id: {resource}, description: a target, schema: {schema}}}"]
    if secret:
        schema = "{type: object, required: [key], properties: {key: {type: string}}}"
        lines += ["secretTypes:", f"  - {{id: {secret}, description: a key, schema: {schema}}}"]
    return "\n".join(lines) + "\n"


def archive(
    vendor: str = "acme", product: str = "ipam", version: str = "1.2.0", *, extra: Mapping[str, bytes] | None = None,
    resource: str = "acme.ipam.resource.v1.0.0", secret: str = "",
) -> bytes:  # fmt: skip
    """An adapter archive. `extra` adds members, also with names that must be refused."""
    raw = io.BytesIO()
    members = {
        "adapter.yaml": manifest(vendor, product, version, resource, secret).encode(),
        f"src/{vendor}_{product}/__init__.py": b"",
        f"src/{vendor}_{product}/prefix.py": b"",
        **(extra or {}),
    }
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)  # the same content gives the same bytes at any time


class FakeHost:
    """Implements `WorkerHost` without processes. `busy` counts attempts per worker; `broken` makes installs fail."""

    def __init__(self) -> None:
        self.specs: dict[str, WorkerSpec] = {}
        self.states: dict[str, WorkerState] = {}
        self.busy: dict[str, int] = {}
        self.reloads: list[str] = []
        self.finished = asyncio.Event()
        self.kept: dict[str, InstalledAdapter] = {}
        self.broken = ""
        self.builtins: list[Path] = []
        self.pid = 4711
        self.features: tuple[str, tuple[str, ...]] = ("prefix", ("Allocate", "Get", "Release"))

    async def start(self, spec: WorkerSpec) -> WorkerStatus:
        for hosted in spec.adapters:
            if hosted.adapter_id not in self.kept:
                raise NotFound(f"adapter {hosted.adapter_id} is not installed")
        self.specs[spec.name] = spec
        self.states[spec.name] = WorkerState.RUNNING
        self.pid += 1
        return self.status(spec.name)

    async def stop(self, name: str, *, force: bool = False) -> WorkerStatus:
        if name not in self.states:
            return WorkerStatus(name, WorkerState.STOPPED)
        waits = self.busy.get(name, 0) and not force
        self.states[name] = WorkerState.STOPPING if waits else WorkerState.STOPPED
        if force:
            self.busy[name] = 0
        return self.status(name)

    async def stopped(self, name: str) -> WorkerStatus:
        while self.busy.get(name, 0):
            await self.finished.wait()
        self.states[name] = WorkerState.STOPPED
        return self.status(name)

    def finish(self, name: str) -> None:
        """Everything that the worker executes is done."""
        self.busy[name] = 0
        self.finished.set()

    async def reload(self, name: str, spec: WorkerSpec | None = None) -> WorkerStatus:
        self.reloads.append(name)
        return await self.start(spec or self.specs[name])

    def status(self, name: str) -> WorkerStatus:
        state = self.states.get(name, WorkerState.INITIALIZED)
        if state not in (WorkerState.RUNNING, WorkerState.STOPPING):
            return WorkerStatus(name, state)
        processes = [
            ProcessStatus(hosted.adapter_id, state, pid=self.pid, running=self.busy.get(name, 0))
            for hosted in self.specs[name].adapters
        ]
        return WorkerStatus(name, state, processes=tuple(processes))

    def statuses(self) -> list[WorkerStatus]:
        return [self.status(name) for name in sorted(self.states)]

    async def inspect(self, archive: Path) -> Package:
        return archives.inspect(archive)

    async def install(self, archive: Path, adapter_id: str) -> InstalledAdapter:
        if self.broken:
            raise DeployFailed("the adapter cannot be installed", (self.broken,))
        package = archives.inspect(archive)
        feature, names = self.features
        activities = tuple(
            ActivityInfo(f"{adapter_id}.{feature}.{name}", adapter_id, feature, name, "d", {"type": "object"}, {})
            for name in names
        )
        found = InstalledAdapter(adapter_id, package.manifest, activities, package.digest)
        self.kept[adapter_id] = found
        return found

    def installed(self, adapter_id: str) -> InstalledAdapter | None:
        return self.kept.get(adapter_id)

    async def uninstall(self, adapter_id: str) -> None:
        self.kept.pop(adapter_id, None)

    def builtin(self) -> Sequence[Path]:
        return self.builtins

    async def close(self) -> None:
        self.states.clear()


class FakeEngine:
    """Remembers what was delivered, and says that `reached` runs got it."""

    def __init__(self) -> None:
        self.delivered: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.reached = 0

    def deliver(self, tx: Any, tenant: str, event: dict[str, Any], keys: Mapping[str, Any]) -> int:
        self.delivered.append((tenant, event, dict(keys)))
        return self.reached


class Users:
    """Authenticates `root`, `nobody`, and `only:<permission>,…` by Basic with any password."""

    def remembered(self, credential: Any) -> Principal | None:
        name = base64.b64decode(credential.text).decode().partition(":")[0]
        if name == "root":
            return ROOT
        if name == "nobody":
            return NOBODY
        if name.startswith("only="):
            return Principal(name=name, permissions=frozenset(name.removeprefix("only=").split(",")))
        return None

    async def authenticate(self, credential: Any) -> Principal:
        raise Unauthenticated("wrong credentials")


class DocumentedAnswers(httpx.ASGITransport):
    """Fails a test when an answer has a status or a body that its operation does not document."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        try:
            found = self.app.router.match(request.method, request.url.raw_path.partition(b"?")[0].decode())
        except Invalid:  # a name in the path that no operation takes
            assert answer.status_code == 400
            return answer
        if isinstance(found, Found):
            check_answer(found.route.operation, answer)
        return answer


def check_answer(operation: Operation, answer: httpx.Response) -> None:
    """Statuses that any operation may have (too large, busy, a missing part of the release) need not be documented."""
    where = f"{operation.method} {operation.path} -> {answer.status_code} {answer.text[:300]}"
    if answer.status_code in (413, 429, 501) or not operation.responses:
        return
    assert answer.status_code in operation.responses, where
    schema = operation.responses[answer.status_code]
    if answer.status_code == 204:
        assert answer.content == b"", where
    elif isinstance(schema, Mapping):
        assert check(schema, answer.json()) == [], where


class RecordWorld:
    """Everything, opened. `http` is a client with the rights of `root`."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovingClock()
        self.ids = SystemIds(self.clock)
        self.store = SqliteStore(":memory:", self.clock)
        self.vault = EncryptedVault(self.store, b"k" * 32, self.clock)
        self.host = FakeHost()
        self.engine = FakeEngine()
        self.starts: list[EventStart] = []
        self.refuse_starts: Exception | None = None
        self.requests: list[FetchRequest] = []
        self.reply = FetchReply(200, {}, b"")
        self.programs = Programs()
        self.resolution = ActivityResolution()
        self.files = AdapterFiles(folder / "files")
        self.root = ROOT

    async def open(self) -> None:
        store, clock, ids = self.store, self.clock, self.ids
        await store.open()
        self.files.prepare()
        await self.vault.open_keys(("default",))
        await register_builtin(store)
        self.workflows = Workflows(store, clock, ids, self.programs, missing_activities(self.resolution))
        self.transfer = WorkflowTransfer(store, clock, ids, self.programs)
        self.resources = Resources(store, clock)
        self.secrets = Secrets(store, self.vault, clock)
        register_sealed(self.vault, store)
        self.workers = Workers(store, self.host, clock, ids, self.resolution)
        self.profiles = WorkerProfiles(store, clock)
        self.adapters = Adapters(store, self.host, self.files, self.workers, self.resolution, clock, ids)
        self.event_types = EventTypes(store, clock)
        self.events = Events(store, clock, ids, self.engine, self._start)
        self.publishing = EventPublishing(store, self.secrets, self._fetch)
        self.services = CwmServices(
            workflows=self.workflows,
            transfer=self.transfer,
            resources=self.resources,
            resource_types=ResourceTypes(store),
            secrets=self.secrets,
            secret_types=SecretTypes(store),
            adapters=self.adapters,
            workers=self.workers,
            worker_profiles=self.profiles,
            event_types=self.event_types,
            events=self.events,
            system_functions=SystemFunctions(),
        )
        self.dialect = dialect(self.services)
        self.log = structlog.testing.CapturingLogger()
        self.app = WebApp([self.dialect], Users(), clock=clock, ids=ids, log=self.log, log_requests=False)
        self.http = self.client("root")

    def client(self, user: str) -> httpx.AsyncClient:
        """A client that shows itself as `user`; every answer is held against what the operation documents."""
        transport = DocumentedAnswers(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://weft", auth=(user, "x"))

    async def close(self) -> None:
        await self.workers.close()
        await self.http.aclose()
        await self.store.close()

    def _start(self, tx: Any, start: EventStart) -> None:
        if self.refuse_starts is not None:
            raise self.refuse_starts
        self.starts.append(start)

    async def _fetch(self, request: FetchRequest) -> FetchReply:
        self.requests.append(request)
        return self.reply

    # -- what many tests begin with -------------------------------------------------------------------------------

    async def upload(self, **about: Any) -> httpx.Response:
        """Upload an archive made by `archive`."""
        return await self.http.post(f"{B1}/adapter", files={"file": ("any.tar.gz", archive(**about))})

    async def deployed(self, version: str = "1.2.0", *, worker: bool = False, default: bool = False) -> str:
        """An adapter acme.ipam of that version, deployed; its id."""
        adapter_id = (await self.upload(version=version)).json()
        answer = await self.http.post(
            f"{B1}/adapter/{adapter_id}/deploy", json={"createWorker": worker, "defaultStatus": default}
        )
        assert answer.status_code == 201, answer.text
        return adapter_id

    def every_permission(self) -> list[str]:
        return [f"{noun}.{verb}" for noun, verbs in PERMISSIONS.items() for verb in verbs]


def definition(name: str = "CheckReachability", version: str = "1.0", **more: Any) -> dict[str, Any]:
    """The complete example definition: it pings a device, waits and tries again."""
    return {
        "id": f"{name}-{version}", "name": name, "version": version, "specVersion": "0.9",
        "description": "Ping one device", "start": "Probe",
        "dataInputSchema": {"type": "object", "required": ["device"], "properties": {"device": {"type": "string"}}},
        "functions": [{"name": "Rest.Get", "operation": "generic.rest.@latest.request.Get"}],
        "errors": [{"name": "no such device", "code": "HTTP_STATUS_404"}, {"name": "anything", "code": "DEFAULT"}],
        "retries": [{"name": "twice", "delay": "PT5S", "multiplier": 2, "maxAttempts": 2}],
        "states": [
            {"name": "Probe", "type": "operation", "actions": [
                {"name": "ping", "retryRef": "twice", "nonRetryableErrors": ["no such device"],
                 "functionRef": {"refName": "Rest.Get", "arguments": {
                     "input": {"path": "api/devices/${ .device }/ping"}, "config": {"resourceId": "LabApi"}}},
                 "actionDataFilter": {"results": "${ .data }", "toStateData": "${ .probe }"}}],
             "onErrors": [{"errorRef": "anything", "transition": "Down"}, {"errorRef": "no such device", "end": True}],
             "transition": "Decide"},
            {"name": "Decide", "type": "switch",
             "dataConditions": [{"condition": "${ .probe.reachable == false }", "transition": "Wait"}],
             "defaultCondition": {"end": True}},
            {"name": "Wait", "type": "sleep", "duration": "PT30S", "stateDataFilter": {"output": "${ del(.probe) }"},
             "transition": "Probe"},
            {"name": "Down", "type": "inject", "data": {"probe": {"reachable": False, "error": True}}, "end": True},
        ],
        **more,
    }  # fmt: skip


def small(name: str, version: str = "1.0", children: Sequence[Any] = (), **more: Any) -> dict[str, Any]:
    """A definition of one state that calls sub-flows."""
    actions = [{"subFlowRef": child} for child in children]
    states = [{"name": "Only", "type": "operation", "actions": actions, "end": True}]
    return {"name": name, "version": version, "specVersion": "0.9", "states": states, **more}


def json_of(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
