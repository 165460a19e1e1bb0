"""The record of a schedule."""

import msgspec

from weft.domain.schedules import Schedule, fired_job_id


def test_a_pair_of_schedule_and_time_names_one_job():
    first = fired_job_id("s1", 1_000)
    assert first == fired_job_id("s1", 1_000)
    assert len({first, fired_job_id("s1", 2_000), fired_job_id("s2", 1_000)}) == 3
    assert len(first) == 36


def test_without_namespaces_it_is_seen_where_it_starts_jobs():
    record = Schedule(id="s", workflow_id="w", job_id="j", cron="0 0 0 * * ?", namespace="n")
    assert record.scopes == ("n",)
    assert msgspec.structs.replace(record, namespaces=("a", "b")).scopes == ("a", "b")
