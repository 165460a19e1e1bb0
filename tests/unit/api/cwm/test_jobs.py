"""The declarations of job operations; what they do is in tests/dialects/cwm."""

from weft.api.cwm.jobs import JobEndpoints, operations


def test_every_job_operation_is_declared_with_its_permission():
    found = {(o.method, o.path): o.permission for o in operations(JobEndpoints(None))}
    one = "/job/{jobId}/runs/{runId}"
    assert found == {
        ("POST", "/job"): "job.create",
        ("GET", "/job"): "job.list",
        ("GET", "/job/count"): "job.count",
        ("GET", "/job/tags"): "job.listTags",
        ("GET", one): "job.get",
        ("GET", f"{one}/events"): "job.events",
        ("POST", f"{one}/cancel"): "job.cancel",
        ("POST", f"{one}/terminate"): "job.terminate",
    }


def test_every_job_operation_documents_the_errors_of_its_family():
    for one in operations(JobEndpoints(None)):
        wanted = {200, 400, 401, 403, 413, 429, 500} | ({404} if one.family == "object" else set())
        assert set(one.responses) == wanted, one.name
