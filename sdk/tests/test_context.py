"""What an activity sees."""

from datetime import UTC, datetime

from weft_adapter.context import ActivityContext
from weft_adapter.egress import EgressPolicy
from weft_adapter.testing import FakeWorker


def test_absent_values_are_empty() -> None:
    ctx = ActivityContext(FakeWorker())
    assert (ctx.resource, ctx.secret, ctx.config, ctx.deadline, ctx.cancelled) == ({}, {}, {}, None, False)


def test_deadline_heartbeat_and_cancel() -> None:
    worker = FakeWorker()
    ctx = ActivityContext(worker, attempt_id="a", deadline_ms=1_000)
    assert ctx.deadline == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    ctx.heartbeat()
    ctx.cancel()
    assert worker.beats == 1
    assert ctx.cancelled


def test_log_lines_are_masked() -> None:
    worker = FakeWorker()
    ctx = ActivityContext(worker, secret={"token": "hunter2"})
    ctx.log.warning("used %s", "hunter2", header="Bearer hunter2")
    ctx.log.info("100% done")
    ctx.log.debug("d")
    ctx.log.error("e")
    assert worker.lines[0] == ("warning", "used ***", {"header": "Bearer ***"})
    assert [line[0] for line in worker.lines] == ["warning", "info", "debug", "error"]


def test_the_client_is_made_once() -> None:
    ctx = ActivityContext(FakeWorker(), resource={"scheme": "http", "host": "a", "port": 1})
    assert ctx.http is ctx.http


def test_hosts_named_by_the_policy() -> None:
    ctx = ActivityContext(FakeWorker(egress=EgressPolicy(hosts=("p",))), resource={"host": "a"})
    assert ctx.names_host("p", 1)
    assert not ctx.names_host("a", 1)
