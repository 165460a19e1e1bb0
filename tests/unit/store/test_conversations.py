from __future__ import annotations

from weft.domain.conversations import Conversation, Exchange
from weft.store.conversations import OrphanedConversations


def test_those_of_jobs_that_are_gone_are_removed(tx, make_job):
    tx.jobs.insert(make_job(1))
    for job in ("job-1", "gone", "gone-too"):
        said = (Exchange("a", "q", "a", usage={"totalTokens": 1}),)
        tx.of(Conversation).insert(Conversation(id=f"{job}/c", job=job, exchanges=said))
    orphans = OrphanedConversations()
    assert orphans.sweep(tx, 1) == 1 and orphans.sweep(tx, 10) == 1 and orphans.sweep(tx, 10) == 0
    assert [one.id for one in tx.of(Conversation).find()] == ["job-1/c"]
    assert tx.of(Conversation).get("job-1/c").exchanges[0].usage == {"totalTokens": 1}
