from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Forbidden, InUse, Invalid, NotFound, TooLarge
from weft.ports.workers import PackageInvalid
from weft.services.adapter_files import AdapterFiles
from weft.services.adapters import Adapters

pytestmark = pytest.mark.anyio
ID = "acme.ipam.v1.2.0"


async def pieces(data):
    yield data


def stored_files(tmp_path):
    return sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())


async def test_a_replaced_file_leaves_the_deployed_code(records, made, tmp_path):
    await records.deployed()
    before = (await records.adapters.get(records.root, ID)).record
    newer = made.archive(extra={"docs/x": b"y"})
    assert await records.adapters.replace(records.root, ID, pieces(newer)) == ID
    after = (await records.adapters.get(records.root, ID)).record
    assert after.digest != before.digest
    assert (after.deployed_digest, after.activities) == (before.deployed_digest, before.activities)
    assert stored_files(tmp_path) == [after.file]
    deployed = await records.adapters.deploy(records.root, ID, create_worker=False, default=False)
    assert deployed.deployed_digest == after.digest


async def test_nothing_stays_of_what_is_refused(records, made, tmp_path):
    for data, refusal in ((b"no archive", PackageInvalid), (b"", Invalid), (made.archive()[:100], PackageInvalid)):
        with pytest.raises(refusal):
            await records.adapters.upload(records.root, pieces(data), force=False)
    assert stored_files(tmp_path) == []
    assert await records.adapters.list_all(records.root) == []


async def test_too_large(records, tmp_path):
    small = AdapterFiles(tmp_path / "small", max_bytes=5)
    adapters = Adapters(
        records.store, records.host, small, records.workers, records.resolution, records.clock, records.ids
    )
    with pytest.raises(TooLarge):
        await adapters.upload(records.root, pieces(b"123456"), force=False)


async def test_signed_only(records, made, tmp_path):
    strict = Adapters(
        records.store, records.host, records.files, records.workers, records.resolution, records.clock, records.ids,
        require_signed=True,
    )  # fmt: skip
    with pytest.raises(Invalid, match="signed"):
        await strict.upload(records.root, pieces(made.archive()), force=False)
    assert stored_files(tmp_path) == []


async def test_a_type_of_another_adapter_stops_the_deploy(records, made):
    await records.deployed()
    other = made.manifest("other", "thing", "1.0.0", "acme.ipam.resource.v1.0.0").replace("host", "hosts")
    extra = {"adapter.yaml": other.encode()}
    raw = made.archive("other", "thing", "1.0.0", extra=extra)
    await records.adapters.upload(records.root, pieces(raw), force=False)
    with pytest.raises(Exception, match=r"declared by acme\.ipam"):
        await records.adapters.deploy(records.root, "other.thing.v1.0.0", create_worker=False, default=False)
    assert records.host.installed("other.thing.v1.0.0") is None


async def test_builtin_ones_are_installed_once(records, made, tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(made.archive("cisco", "nso", "1.0.3", resource=""))
    records.host.builtins = [path]
    await records.adapters.install_builtin()
    first = await records.adapters.get(records.root, "cisco.nso.v1.0.3")
    assert (first.record.builtin, first.record.deployed, first.in_use) == (True, True, True)
    pid = records.host.pid
    records.clock.pass_s(10)
    await records.adapters.install_builtin()
    assert (await records.adapters.get(records.root, "cisco.nso.v1.0.3")).record == first.record
    assert records.host.pid == pid
    records.host.kept.clear()
    await records.adapters.install_builtin()
    assert records.host.installed("cisco.nso.v1.0.3") is not None


@pytest.mark.parametrize("moment", ["install", "host_adapter"])
async def test_a_builtin_whose_installation_was_cut_off_has_its_worker_after_the_next_start(
    records, made, tmp_path, monkeypatch, moment
):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(made.archive("cisco", "nso", "1.0.3", resource=""))
    records.host.builtins = [path]

    async def cut_off(*given):
        raise ConnectionAbortedError

    with monkeypatch.context() as patch:
        patch.setattr(records.host if moment == "install" else records.workers, moment, cut_off)
        with pytest.raises(ConnectionAbortedError):
            await records.adapters.install_builtin()
    await records.adapters.install_builtin()
    await records.workers.start_wanted()
    assert (await records.workers.look("cisco.nso.v1.0.3")).record.wanted == "running"
    assert (await records.adapters.get(records.root, "cisco.nso.v1.0.3")).in_use


async def test_the_wanted_worker_of_a_stopped_builtin_stays_stopped(records, made, tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(made.archive("cisco", "nso", "1.0.3", resource=""))
    records.host.builtins = [path]
    await records.adapters.install_builtin()
    await records.workers.stop(records.root, "cisco.nso.v1.0.3", force=False)
    records.host.kept.clear()
    await records.adapters.install_builtin()
    assert (await records.workers.look("cisco.nso.v1.0.3")).record.wanted == "stopped"


async def test_in_use_through_latest(records):
    await records.deployed("1.2.0")
    await records.deployed("1.3.0")
    await records.workers.create(records.root, "w", ["acme.ipam.@latest.prefix"], start=False, force=False)
    used = {view.record.id: view.in_use for view in await records.adapters.list_all(records.root)}
    assert used == {ID: False, "acme.ipam.v1.3.0": True}


async def test_deletion_names_every_obstacle(records):
    await records.deployed(worker=True)
    await records.workers.create(records.root, "w", [ID], start=False, force=False)
    records.host.busy[ID] = 2
    body = {"resourceId": "Pool", "resourceTypeId": "acme.ipam.resource.v1.0.0", "resource": {"host": "h"}}
    await records.http.post("/crosswork/cwm/v1/resource", json=body)
    with pytest.raises(InUse) as refused:
        await records.adapters.delete(records.root, ID)
    assert len(refused.value.details) == 3


async def test_a_deletion_without_its_file(records, tmp_path):
    await records.upload()
    for path in (tmp_path / "files").glob("*.tar"):
        path.unlink()
    removed = await records.adapters.delete(records.root, ID)
    assert removed.file is False


async def test_two_uploads_at_once(records, made):
    results = await asyncio.gather(
        *(records.adapters.upload(records.root, pieces(made.archive(extra={"docs/n": bytes([n])})), force=False)
          for n in range(3)),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(isinstance(one, Invalid) for one in results) == [False, True, True]


async def test_missing_ones_and_permissions(records, made):
    adapters, root, nobody = records.adapters, records.root, made.NOBODY
    for call in (
        adapters.get(root, "x"), adapters.delete(root, "x"), adapters.set_default(root, "x", default=True),
        adapters.deploy(root, "x", create_worker=False, default=False), adapters.replace(root, "x", pieces(b"")),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await call
    for call in (
        adapters.get(nobody, "x"), adapters.delete(nobody, "x"), adapters.set_default(nobody, "x", default=True),
        adapters.deploy(nobody, "x", create_worker=False, default=False), adapters.list_all(nobody),
        adapters.replace(nobody, "x", pieces(b"")), adapters.upload(nobody, pieces(b""), force=False),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
