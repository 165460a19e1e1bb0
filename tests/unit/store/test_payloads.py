from __future__ import annotations

import hashlib

import pytest

from weft.domain.errors import TooLarge, Unavailable
from weft.store import payloads as module
from weft.store.blobs import Ciphers
from weft.store.payloads import SqlPayloads


@pytest.fixture
def files(cipher):
    return SqlPayloads(Ciphers(cipher))


def test_a_payload_is_found_by_its_job_and_no_other(tx, files, make_job, sql):
    for key in (1, 2):
        tx.jobs.insert(make_job(key))
    digest = files.put(tx, 1, "default", b"data")
    assert digest == hashlib.sha256(b"data").hexdigest()
    assert files.put(tx, 1, "default", b"data") == digest
    assert files.get(tx, "default", "job-1", digest) == b"data"
    assert files.get(tx, "default", "job-2", digest) is None
    assert files.get(tx, "other", "job-1", digest) is None
    assert files.get(tx, "default", "job-1", "00" * 32) is None
    assert b"data" not in sql.execute("SELECT body FROM blobs").fetchone()[0]


def test_it_goes_with_the_last_run_that_keeps_it(tx, files, make_job, sql):
    for key in (1, 2):
        tx.jobs.insert(make_job(key))
        digest = files.put(tx, key, "default", b"data")
    tx.runs.forget([1])
    assert files.get(tx, "default", "job-2", digest) == b"data"
    tx.runs.forget([2])
    assert sql.execute("SELECT count(*) FROM blobs").fetchone() == (0,)


def test_a_later_run_of_the_job_finds_it(tx, files, make_job):
    tx.jobs.insert(make_job(1, id="j"))
    tx.jobs.insert(make_job(2, id="j"))
    digest = files.put(tx, 1, "default", b"data")
    assert files.get(tx, "default", "j", digest) == b"data"


def test_limits_and_broken_seals(tx, files, make_job, sql, monkeypatch):
    tx.jobs.insert(make_job(1))
    digest = files.put(tx, 1, "default", b"data")
    sql.execute("UPDATE blobs SET body = ?", (b"other\0x",))
    with pytest.raises(Unavailable):
        files.get(tx, "default", "job-1", digest)
    monkeypatch.setattr(module, "VALUE_LIMIT", 3)
    with pytest.raises(TooLarge):
        files.put(tx, 1, "default", b"data")
