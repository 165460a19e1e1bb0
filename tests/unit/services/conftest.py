"""What the tests of services share: a clock that is moved by hand, and access on a store in memory."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from weft.app.access import AccessParts, build_access
from weft.app.ids import SystemIds
from weft.app.settings import Settings
from weft.domain.access import Principal
from weft.domain.jobs import Job
from weft.domain.tokens import SigningKey
from weft.domain.workflows import Workflow
from weft.engines.embedded.engine import EmbeddedEngine
from weft.ports.run_list import RunQuery
from weft.services.child_definitions import ChildDefinitions
from weft.services.engine_host import Host
from weft.services.hand_out import HandOuts
from weft.services.inline_secrets import InlineSecrets
from weft.services.job_plans import JobRequest, Planner
from weft.services.job_starts import StartRules
from weft.services.jobs import JobService
from weft.services.listed_definitions import ListedDefinition, ListedDefinitions
from weft.services.system_functions import SystemFunctions
from weft.store.job_search import Search
from weft.store.run_list import SqlRunList
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault
from weft_adapter.messages import Fault, Result, Task

ROOT = Principal(name="root", roles=("admin",), superuser=True, operator=True)


class MovingClock:
    """Implements `weft.ports.clock.Clock`; time passes only when `pass_s` is called."""

    def __init__(self) -> None:
        self.ms = 1_770_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def pass_s(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@dataclass(frozen=True)
class AccessWorld:
    """Access as the server builds it, with quick password hashes."""

    store: SqliteStore
    clock: MovingClock
    ids: SystemIds
    vault: EncryptedVault
    parts: AccessParts
    root: Principal = ROOT


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def signing_pem() -> bytes:
    """One RSA key for all tests: making one takes longer than most tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
async def world(signing_pem):
    clock = MovingClock()
    ids = SystemIds(clock)
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    sealed = vault.seal("default", "signingKey/k1", signing_pem)
    await store.write(lambda tx: tx.of(SigningKey).insert(SigningKey(id="k1", sealed=sealed, created_at=1)))
    settings = Settings(auth_argon2_memory=8192, auth_argon2_time=1, auth_max_failures=3, auth_address_failures=6)
    parts = await build_access(settings, store, vault, clock, ids)
    yield AccessWorld(store, clock, ids, vault, parts)
    await store.close()


@pytest.fixture
def made() -> ModuleType:
    """The builders of archives and definitions that the dialect's tests use as well."""
    name = "weft_record_world"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "dialects/cwm/record_world.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
async def records(tmp_path: Path, made: ModuleType, anyio_backend: str):
    """The services of definitions, resources, secrets, adapters, workers and events on a store in memory."""
    found = made.RecordWorld(tmp_path)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def listed_made() -> ModuleType:
    """The world of task lists and graphs that the engine's contract tests use as well."""
    name = "weft_listed_world"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "contract/engine/listed_world.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
async def listed(listed_made: ModuleType, anyio_backend: str):
    """Task lists and graphs on a real engine over a store in memory."""
    found = listed_made.ListedWorld()
    await found.open()
    yield found
    await found.close()


class ListedWorld:
    """Definitions that are kept by number, and their jobs, on a store on disk; calls are answered by the test."""

    def __init__(self, made: ModuleType, folder: Path) -> None:
        self.path = folder / "weft.db"
        self.records = made.RecordWorld(folder)
        self.records.store = SqliteStore(self.path, self.records.clock)
        self.records.vault = EncryptedVault(self.records.store, b"k" * 32, self.records.clock)
        self.features: frozenset[str] = frozenset()
        self.rights = lambda _tx, name, tenant, _namespace: Principal(name=name, tenant=tenant, superuser=True)

    async def open(self) -> None:
        r = self.records
        await r.open()
        self.inline = InlineSecrets(r.store, r.vault, r.clock)
        self.run_list = SqlRunList()
        starts = StartRules(self.inline, features=self.features, max_queued=3, run_list=self.run_list)
        self.listed = ListedDefinitions(
            r.store, r.clock, r.ids, r.programs, self.inline, r.resolution, features=self.features
        )
        planner = Planner(clock=r.clock, ids=r.ids, runtime={"env": {"SITE": "north"}})
        host = Host(
            workflows=r.workflows,
            programs=r.programs,
            planner=planner,
            resolution=r.resolution,
            hand_outs=HandOuts(r.store, r.secrets, self.inline),
            publishing=r.publishing,
            functions=SystemFunctions(),
            starts=starts,
            rights=lambda *who: self.rights(*who),
            children=ChildDefinitions(r.workflows, r.programs, self.listed.options),
        )
        self.engine = EmbeddedEngine(r.store, host, r.clock, r.ids)
        self.jobs = JobService(
            store=r.store, engine=self.engine, search=Search(), workflows=r.workflows, programs=r.programs,
            planner=planner, starts=starts,
        )  # fmt: skip
        host.start_within = self.jobs.start_within
        await self.engine.open()

    async def close(self) -> None:
        await self.engine.close()
        await self.records.close()

    async def save(self, name: str, *tasks: dict, scopes: tuple[str, ...] = ("",), **root) -> Workflow:
        """A task list of that name."""
        document = {"_name": name, "_taskDefs": list(tasks), **root}
        given = ListedDefinition(document=document, hint="tasklist", scopes=scopes)
        return await self.listed.create(ROOT, given)

    async def start(self, workflow: Workflow, data: dict | None = None, **more) -> Job:
        job = await self.jobs.start(ROOT, JobRequest(workflow_id=workflow.id, data=data, **more))
        await self.engine.idle()
        return self.latest(job.id)

    def latest(self, job_id: str) -> Job:
        return self.records.store.read_now(lambda tx: tx.jobs.runs_of(job_id)[-1])

    def job_of(self, workflow: Workflow) -> Job:
        """The only job of a definition."""
        query = RunQuery(workflow_id=workflow.id)
        [job] = self.records.store.read_now(lambda tx: self.run_list.page(tx, query, tenant="default")).jobs
        return job

    def poll(self) -> list[Task]:
        """The calls that wait."""
        return self.engine.poll("connectors", 100, ["connectors"])

    async def answer(self, task: Task, output=None, fault: Fault | None = None) -> None:
        await self.engine.complete([Result(task.attempt_id, output, fault)])
        await self.engine.idle()

    def bytes_on_disk(self) -> bytes:
        """Everything that the store has written."""
        return b"".join(path.read_bytes() for path in sorted(self.path.parent.glob("weft.db*")))


@pytest.fixture
async def lists(tmp_path: Path, made: ModuleType, anyio_backend: str):
    """A `ListedWorld`, opened."""
    found = ListedWorld(made, tmp_path)
    await found.open()
    yield found
    await found.close()
