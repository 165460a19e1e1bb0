import pytest

from weft.domain.jobs import Job


@pytest.mark.parametrize(
    ("status", "closed"),
    [("pending", False), ("running", False), ("waiting", False), ("suspended", False), ("completed", True),
     ("faulted", True), ("cancelled", True), ("terminated", True), ("timed_out", True), ("continued", True)],
)  # fmt: skip
def test_closed(status, closed):
    job = Job(id="j", run="r", name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
              status=status, started_at=1)  # fmt: skip
    assert job.closed is closed
