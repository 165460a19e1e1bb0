"""Requests of REST-like activities."""

import base64
from typing import Any

import httpx
import pytest

from weft_adapter import ActivityContext, ActivityError, activity
from weft_adapter.egress import EgressPolicy
from weft_adapter.rest import MAX_ANSWER, RequestInput, request
from weft_adapter.testing import RecordingTransport, call

RESOURCE = {"scheme": "http", "host": "dev.test", "port": 8080}


@activity
async def post(input: RequestInput, ctx: ActivityContext) -> dict:
    return await request("POST", input, ctx)


@activity
async def yang(input: RequestInput, ctx: ActivityContext) -> dict:
    return await request("GET", input, ctx, "application/yang-data+json", "application/yang-data+json")


def sent(input: dict[str, Any], function: Any = post, **options: Any) -> httpx.Request:
    http = RecordingTransport([httpx.Response(200)])
    call(function, input, resource=options.pop("resource", RESOURCE), transport=http, **options)
    return http.requests[0]


def result(response: httpx.Response, **input: Any) -> Any:
    return call(post, input, resource=RESOURCE, transport=RecordingTransport([response]))


def failure(response: Any, **options: Any) -> ActivityError:
    with pytest.raises(ActivityError) as caught:
        call(post, options.pop("input", {}), resource=options.pop("resource", RESOURCE),
             transport=RecordingTransport([response]), **options)  # fmt: skip
    return caught.value


@pytest.mark.parametrize(
    ("path", "base", "url"),
    [
        ("/a/b", "", "http://dev.test:8080/a/b"),
        ("a/b", "/api/", "http://dev.test:8080/api/a/b"),
        ("", "api", "http://dev.test:8080/api/"),
        ("//evil.test/x", "", "http://dev.test:8080/evil.test/x"),
        ("http://evil.test/x", "", "http://dev.test:8080/http://evil.test/x"),
        ("@evil.test/x", "", "http://dev.test:8080/@evil.test/x"),
        ("/d/device=ce 0?content=config", "", "http://dev.test:8080/d/device=ce%200?content=config"),
        ("/a%2Fb#c", "", "http://dev.test:8080/a%2Fb%23c"),
    ],
)
def test_the_host_is_always_the_resources(path: str, base: str, url: str) -> None:
    made = sent({"path": path}, resource={**RESOURCE, "basePath": base})
    assert str(made.url) == url
    assert made.headers["host"] == "dev.test:8080"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "..", "a/%2e%2E/x", "a/.%2e", "x#/../y", "a/..?q=1"])
def test_no_path_leads_out_of_the_base_path(path: str) -> None:
    refused = failure(httpx.Response(200), input={"path": path}, resource={**RESOURCE, "basePath": "/tenant"})
    assert (refused.code, refused.retryable) == ("INPUT_INVALID", False)


def test_dots_elsewhere_are_taken() -> None:
    assert str(sent({"path": "a..b/...?up=../x"}).url) == "http://dev.test:8080/a..b/...?up=../x"


def test_query_values_are_added_to_those_of_the_path() -> None:
    made = sent({"path": "/x?a=1", "query": {"b": [1, "z"], "c": True, "d": {"k": 1}}})
    assert made.url.params.multi_items() == [("a", "1"), ("b", "1"), ("b", "z"), ("c", "true"), ("d", '{"k":1}')]


@pytest.mark.parametrize(
    ("data", "body"),
    [({"a": [1]}, b'{"a":[1]}'), ([], b"[]"), ("text", b"text"), (None, b""), (0, b"0"), (False, b"false"), ("", b"")],
)
def test_bodies(data: Any, body: bytes) -> None:
    made = sent({"data": data})
    assert made.content == body
    assert ("content-type" in made.headers) == (data is not None)


def test_content_types_and_their_overriding() -> None:
    assert sent({"data": {}}).headers["content-type"] == "application/json"
    made = sent({}, yang)
    assert made.headers["accept"] == made.headers["content-type"] == "application/yang-data+json"
    made = sent({"data": "<a/>", "header": {"Content-Type": "application/xml", "X-N": 5}})
    assert (made.headers["content-type"], made.headers["x-n"]) == ("application/xml", "5")


def test_credentials() -> None:
    basic = "Basic " + base64.b64encode(b"u:p").decode()
    assert sent({}, secret={"username": "u", "password": "p"}).headers["authorization"] == basic
    assert sent({}, secret={"token": "t"}).headers["authorization"] == "Bearer t"
    assert sent({"header": {"authorization": "own"}}, secret={"token": "t"}).headers["authorization"] == "own"


@pytest.mark.parametrize(
    "header", [{"Host": "evil"}, {"Content-Length": "0"}, {"transfer-encoding": "x"}, {"a b": "1"}, {"a": "x\r\nb: c"}]
)
def test_headers_that_would_break_the_request_are_refused(header: dict[str, str]) -> None:
    assert failure(httpx.Response(200), input={"header": header}).code == "INPUT_INVALID"


def test_control_characters_in_the_path_are_refused() -> None:
    error = failure(httpx.Response(200), input={"path": "/a\r\nb"})
    assert (error.code, error.retryable) == ("INPUT_INVALID", False)


@pytest.mark.parametrize(
    ("response", "data"),
    [
        (httpx.Response(200, json={"a": 1}), {"a": 1}),
        (httpx.Response(201, headers={"content-type": "application/yang-data+json"}, content=b"[1]"), [1]),
        (httpx.Response(200, content=b"7"), 7),
        (httpx.Response(200, headers={"content-type": "text/plain"}, content=b"7"), "7"),
        (httpx.Response(200, headers={"content-type": "application/json"}, content=b"no json"), "no json"),
        (httpx.Response(204), None),
        (httpx.Response(302, headers={"location": "http://evil.test/"}), None),
    ],
)
def test_answers(response: httpx.Response, data: Any) -> None:
    assert result(response) == {"status": response.status_code, "data": data}


def test_headers_only_if_asked_for() -> None:
    answer = result(httpx.Response(200, headers={"x-a": "1"}), includeHeader=True)
    assert answer["header"]["x-a"] == "1"


@pytest.mark.parametrize("status", [400, 404, 409, 500, 503])
def test_a_status_from_400_is_an_error_with_the_answer_as_message(status: int) -> None:
    error = failure(httpx.Response(status, json={"why": "because"}))
    assert error.code == f"HTTP_STATUS_{status}"
    assert "because" in error.message
    assert error.retryable


def test_an_error_without_a_body_still_says_something() -> None:
    assert "Not Found" in failure(httpx.Response(404)).message


def test_failures_of_the_connection() -> None:
    assert failure(httpx.ReadTimeout("slow")).code == "TIMEOUT"
    error = failure(httpx.ConnectError("refused"))
    assert (error.code, error.retryable) == ("DEFAULT", True)


def test_an_answer_is_bounded() -> None:
    assert failure(httpx.Response(200, content=b"x" * (MAX_ANSWER + 1))).code == "RESULT_TOO_LARGE"


def test_a_secret_does_not_go_in_the_clear_through_a_proxy_that_only_the_action_names() -> None:
    config = {"proxy": {"resource": {"scheme": "http", "host": "proxy.test", "port": 3128}}}
    error = failure(httpx.Response(200), config=config, secret={"token": "t"})
    assert (error.code, error.retryable) == ("EGRESS_REFUSED", False)
    named = EgressPolicy(hosts=("proxy.test",))
    assert sent({}, config=config, secret={"token": "t"}, egress=named).headers["authorization"] == "Bearer t"
    assert sent({}, config=config).method == "POST"
    secure = {**RESOURCE, "scheme": "https"}
    assert sent({}, config=config, secret={"token": "t"}, resource=secure).method == "POST"


def test_null_members_count_as_absent() -> None:
    assert sent({"header": None, "query": None, "data": None}).content == b""
