from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.domain.errors import Invalid
from weft.web.fallback import refuse
from weft.web.operations import Answer, Dialect
from weft.web.routing import BadName, Found, Missing, Router


async def handler(call):
    return Answer()


@pytest.fixture
def router(op):
    operations = (
        op("GET", "workflow", handler),
        op("POST", "workflow", handler),
        op("GET", "workflow/tags", handler),
        op("GET", "workflow/{id}", handler),
        op("DELETE", "workflow/{id}", handler),
        op("GET", "workflow/name/{name}/version/{version}", handler),
        op("POST", "eventType/{name}/start", handler),
        op("GET", "eventType/{type}/{kind}", handler),
    )
    mounts = {"v1": "/cwm/v1", "v2": "/cwm/v2"}
    other = Dialect(
        name="o", title="O", mounts={"root": "/"}, operations=(op("GET", "healthz", handler),), refuse=refuse
    )
    return Router((Dialect(name="d", title="D", mounts=mounts, operations=operations, refuse=refuse), other))


def found(router, method, path):
    match = router.match(method, path)
    assert isinstance(match, Found), match
    return match.route.mount, match.route.operation.path, match.path


def test_exact_segments_come_before_parameters(router):
    assert found(router, "GET", "/cwm/v1/workflow/tags") == ("v1", "workflow/tags", {})
    assert found(router, "GET", "/cwm/v2/workflow/abc") == ("v2", "workflow/{id}", {"id": "abc"})


def test_a_path_without_the_method_falls_back_to_a_less_exact_one(router):
    assert found(router, "DELETE", "/cwm/v1/workflow/tags")[2] == {"id": "tags"}
    assert found(router, "GET", "/cwm/v1/eventType/x/start")[2] == {"type": "x", "kind": "start"}
    assert found(router, "POST", "/cwm/v1/eventType/x/start")[2] == {"name": "x"}


def test_trailing_slash_is_ignored(router):
    assert found(router, "GET", "/cwm/v1/workflow/")[1] == "workflow"


def test_of_two_trailing_slashes_one_is_not_ignored(router):
    assert isinstance(router.match("GET", "/cwm/v1/workflow//"), Missing)


def test_parameters_are_decoded_once(router):
    path = "/cwm/v1/workflow/name/My%20flow%2525/version/1.0"
    assert found(router, "GET", path)[2] == {"name": "My flow%25", "version": "1.0"}


@pytest.mark.parametrize("name", ["a%2Fb", "a%00", "a%0A", "%ff", "x" * 256, "%7F"])
def test_names_with_slash_control_characters_or_too_long_are_refused(router, name):
    with pytest.raises(Invalid):
        router.match("GET", f"/cwm/v1/workflow/{name}")


def test_a_refused_name_tells_whose_operation_it_was(router):
    with pytest.raises(BadName) as caught:
        router.match("GET", "/cwm/v2/workflow/a%2Fb")
    assert (caught.value.route.mount, caught.value.route.operation.path) == ("v2", "workflow/{id}")


def test_head_is_answered_by_get(router):
    assert found(router, "HEAD", "/cwm/v1/workflow")[1] == "workflow"


def test_a_method_that_is_not_served_lists_those_that_are(router):
    match = router.match("PUT", "/cwm/v1/workflow")
    assert isinstance(match, Missing)
    assert match.allowed == ("GET", "HEAD", "POST")


def test_union_of_methods_over_all_templates_that_fit(router):
    match = router.match("PATCH", "/cwm/v1/workflow/tags")
    assert isinstance(match, Missing)
    assert match.allowed == ("DELETE", "GET", "HEAD")


@pytest.mark.parametrize(
    ("path", "dialect"),
    [("/cwm/v1/nope", "d"), ("/cwm/v1", "d"), ("/cwm/v11/workflow", "o"), ("/nope", "o"), ("/cwm/v1//workflow", "d")],
)
def test_unknown_paths_belong_to_the_dialect_whose_mount_covers_them(router, path, dialect):
    match = router.match("GET", path)
    assert isinstance(match, Missing)
    assert (match.allowed, match.dialect.name) == ((), dialect)


def test_the_same_operation_twice_is_a_mistake(op):
    twice = (op("GET", "a/{x}", handler), op("GET", "a/{y}", handler))
    with pytest.raises(ValueError, match="declared twice"):
        Router((Dialect(name="d", title="D", mounts={"v": "/"}, operations=twice, refuse=refuse),))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["cwm", "v1", "workflow", "tags", "name", "%", "%2F", "%zz", "é", "", ".", ".."]), max_size=9
    )
)
def test_no_path_fails_otherwise(router, segments):
    path = "/" + "/".join(segments)
    for method in ("GET", "DELETE", "HEAD", "BREW"):
        try:
            match = router.match(method, path)
        except Invalid:
            continue
        assert isinstance(match, (Found, Missing))


def routed(op, *paths, fold=False, mount="/Api/V1"):
    operations = tuple(op("GET", path, handler) for path in paths)
    return Router(
        (Dialect(name="f", title="F", mounts={"v": mount}, operations=operations, refuse=refuse, fold_case=fold),)
    )


def test_case_is_ignored_where_the_dialect_says_so(op):
    folding = routed(op, "workflow/{id}/Execution", fold=True)
    assert found(folding, "GET", "/api/v1/WORKFLOW/AbC/execution") == ("v", "workflow/{id}/Execution", {"id": "AbC"})
    assert folding.mount_of("/API/v1/nothing")[1] == "v"
    exact = routed(op, "workflow")
    assert isinstance(exact.match("GET", "/api/v1/workflow"), Missing)
    assert exact.mount_of("/api/v1/workflow") == (None, "")


def test_dialects_with_and_without_regard_to_case_share_a_path(op):
    exact = Dialect(
        name="e", title="E", mounts={"v": "/api/weft"}, operations=(op("GET", "a", handler),), refuse=refuse
    )
    folding = Dialect(
        name="f", title="F", mounts={"v": "/api/flow"}, operations=(op("GET", "a", handler),), refuse=refuse,
        fold_case=True,
    )  # fmt: skip
    router = Router((exact, folding))
    assert isinstance(router.match("GET", "/api/weft/a"), Found)
    assert isinstance(router.match("GET", "/api/FLOW/A"), Found)
    assert isinstance(router.match("GET", "/API/weft/a"), Missing)


def test_a_choice_of_literals(op):
    router = routed(op, "(workflows|workflow)/{id}/(tasks|task)")
    for path in ("workflows/x/tasks", "workflow/x/task", "workflows/x/task"):
        assert found(router, "GET", f"/Api/V1/{path}")[2] == {"id": "x"}
    assert isinstance(router.match("GET", "/Api/V1/workflowing/x/tasks"), Missing)
    assert router.routes[0].template == "/Api/V1/workflows/{id}/tasks"
    assert len(router.routes) == 1


def test_a_literal_before_a_parameter_comes_after_plain_literals(op):
    router = routed(op, "workflows/status", "workflows{id}/status", "{other}/status", "work{id}/status")
    assert found(router, "GET", "/Api/V1/workflows/status")[1] == "workflows/status"
    assert found(router, "GET", "/Api/V1/workflowsA1/status")[2] == {"id": "A1"}
    assert found(router, "GET", "/Api/V1/work9/status")[1:] == ("work{id}/status", {"id": "9"})
    assert found(router, "GET", "/Api/V1/workflow/status")[1:] == ("work{id}/status", {"id": "flow"})
    assert found(router, "GET", "/Api/V1/x/status")[2] == {"other": "x"}
    folding = routed(op, "Workflows{id}", fold=True)
    assert found(folding, "GET", "/Api/V1/wORKFLOWSaB")[2] == {"id": "aB"}


def test_a_parameter_that_is_a_uuid_takes_no_other_text(op):
    operations = (op("PUT", "(runs|run){id:uuid}/status", handler), op("GET", "{name}", handler))
    router = Router((Dialect(name="d", title="D", mounts={"v1": "/d"}, operations=operations, refuse=refuse),))
    ident = "0F3A5C9E-2b1d-4a77-8c3f-51e2a9d46b01"
    assert found(router, "PUT", f"/d/run{ident}/status")[2] == {"id": ident}
    assert found(router, "GET", "/d/runs")[2] == {"name": "runs"}
    for text in ("abc", ident[1:], ident + "0", ident.replace("-", "")):
        assert router.match("PUT", f"/d/runs{text}/status") == Missing(router.mount_of("/d")[0], "v1", ())


def test_any_text_is_a_name_where_the_dialect_says_so(op):
    whole = Dialect(
        name="d", title="D", mounts={"v1": "/d"}, operations=(op("GET", "{a}/{b}", handler),), refuse=refuse,
        any_names=True,
    )  # fmt: skip
    router = Router((whole,))
    assert found(router, "GET", "/d/%00%FF/a%2Fb")[2] == {"a": "\0\ufffd", "b": "a/b"}
    assert found(router, "GET", f"/d/x/{'y' * 400}")[2]["b"] == "y" * 256
