"""Where the operations of a project stand, and what their answers are; sessions as a whole: test_haystack.py."""

from __future__ import annotations

import threading

import pytest

from weft.connectors import haystack_session
from weft.connectors.failures import AttemptFailed
from weft.connectors.haystack_session import Session, base_of


@pytest.mark.parametrize(
    ("url", "project", "base"),
    [
        ("http://h", "demo", "http://h/api/demo"),
        ("http://h/", "", "http://h/api"),
        ("http://h/api", "demo", "http://h/api/demo"),
        ("http://h/api/demo/", "demo", "http://h/api/demo"),
        ("http://h/x/api/demo", "", "http://h/x/api/demo"),
        ("http://h/apix", "a b", "http://h/apix/api/a%20b"),
    ],
)
def test_where_a_project_stands(url, project, base):
    assert base_of(url, project) == base


@pytest.mark.anyio
async def test_without_a_user_nothing_is_shown(desk, web, reply):
    web.answer = lambda asked: reply(200, b'ver:"3.0"\na\n1\n', content_type="text/zinc")
    attempt = desk.attempt("tasklist:HAYSTACK", {"_url": web.url})
    assert (await Session(attempt, 5).ask("about")).rows == [{"a": 1}]
    assert "authorization" not in web.asked[0].headers


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "retried"), [(404, False), (503, True)])
async def test_a_server_in_trouble(desk, web, reply, status, retried):
    web.answer = lambda asked: reply(status, "trouble")
    with pytest.raises(AttemptFailed) as caught:
        await Session(desk.attempt("tasklist:HAYSTACK", {"_url": web.url}), 5).ask("about")
    assert caught.value.retryable is retried and caught.value.code == f"HTTP_STATUS_{status}"


@pytest.mark.anyio
@pytest.mark.parametrize(("rows", "aside"), [(10, False), (20_000, True)])
async def test_a_long_answer_is_read_aside(desk, web, reply, monkeypatch, rows, aside):
    """In the loop's thread a history of some megabytes would hold up everybody for seconds."""
    threads = []
    read = haystack_session.read_grid
    monkeypatch.setattr(
        haystack_session, "read_grid", lambda text: (threads.append(threading.get_ident()), read(text))[1]
    )
    web.answer = lambda asked: reply(200, b'ver:"3.0"\na\n' + b"1\n" * rows, content_type="text/zinc")
    found = await Session(desk.attempt("tasklist:HAYSTACK", {"_url": web.url}), 60).ask("about")
    assert len(found.rows) == rows
    assert (threads != [threading.get_ident()]) is aside


@pytest.mark.anyio
async def test_a_long_answer_that_is_no_grid(desk, web, reply):
    web.answer = lambda asked: reply(200, b'ver:"3.0"\na\n' + b"[" * 40_000, content_type="text/zinc")
    with pytest.raises(AttemptFailed, match="no grid"):
        await Session(desk.attempt("tasklist:HAYSTACK", {"_url": web.url}), 60).ask("about")
