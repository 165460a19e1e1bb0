"""What a request to start a job may hold; the use cases themselves run on a real engine in tests/dialects/cwm."""

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden, Invalid
from weft.domain.filters import JobQuery
from weft.services.job_plans import JobRequest
from weft.services.jobs import MAX_TAGS, JobService, check_request


@pytest.mark.parametrize(
    "request_",
    [
        JobRequest(workflow_name=""),
        JobRequest(workflow_name="w", name="x" * 256),
        JobRequest(workflow_name="w", tags=("t",) * (MAX_TAGS + 1)),
        JobRequest(workflow_name="w", tags=("",)),
        JobRequest(workflow_name="w", tags=("x" * 256,)),
    ],
)
def test_requests_that_no_job_can_have(request_):
    with pytest.raises(Invalid):
        check_request(request_)


def test_a_plain_request_passes():
    check_request(JobRequest(workflow_name="w", name="n", tags=("a", "b")))


@pytest.mark.parametrize(
    "call",
    [
        lambda jobs, who: jobs.start(who, JobRequest(workflow_name="w")),
        lambda jobs, who: jobs.page(who, JobQuery()),
        lambda jobs, who: jobs.count(who, None),
        lambda jobs, who: jobs.tags(who),
        lambda jobs, who: jobs.describe(who, "j", "r"),
        lambda jobs, who: jobs.history(who, "j", "r"),
        lambda jobs, who: jobs.wait_closed(who, "j", "r", 0),
        lambda jobs, who: jobs.cancel(who, "j", "r"),
        lambda jobs, who: jobs.terminate(who, "j", "r"),
        lambda jobs, who: jobs.suspend(who, "j", "r"),
        lambda jobs, who: jobs.resume(who, "j", "r"),
        lambda jobs, who: jobs.retry(who, "j", "r"),
    ],
)
async def test_every_use_case_is_denied_first(call, anyio_backend):
    # Nothing behind the service exists: whoever may not, must be refused before anything is asked.
    jobs = JobService(store=None, engine=None, search=None, workflows=None, programs=None, planner=None)
    with pytest.raises(Forbidden):
        await call(jobs, Principal(name="nobody"))


test_every_use_case_is_denied_first = pytest.mark.anyio(test_every_use_case_is_denied_first)
