"""Secrets are used, and are seen nowhere but at the system they are for.

Jobs run with a Basic and a token secret against a target on loopback that checks them, echoes them in its errors, and
is asked through definitions that try to get at them. Afterwards the secrets' texts, as they are and in the forms in
which they travel (Base64 alone and as user:password, URL-encoded), are looked for in every file of the data folder,
in all that the server and its workers printed, and in every answer to every GET of the API.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import Any

import pytest

USER, WORD, TOKEN = "op&rator ü", "s3cr3t/+&word=1 €", "tok+n/4c1d=9f&0"
REFUSED = {
    # where a definition may not even name a secret: the definition is refused
    "output": {"stateDataFilter": {"output": "${ {leak: $SECRETS} }"}},
    "member": {"stateDataFilter": {"output": "${ {leak: $SECRETS.BasicOne.password} }"}},
    "event": {"end": {"produceEvents": [{"eventRef": "out", "data": "${ {leak: $SECRETS.TokenOne} }"}]}},
    "condition": {
        "type": "switch",
        "dataConditions": [{"condition": '${ $SECRETS.TokenOne.token | startswith("t") }', "end": True}],
        "defaultCondition": {"end": True},
    },
    "comparing condition": {
        "type": "switch",
        "dataConditions": [{"condition": '${ $SECRETS.TokenOne.token >= "a" }', "end": True}],
        "defaultCondition": {"end": True},
    },
    "comparison": {"stateDataFilter": {"input": '${ if $SECRETS.TokenOne.token == "t" then 1 else 2 end }'}},
}  # fmt: skip
FAILS = {
    # where it may be placed, and is not opened, or cannot be looked into
    "not its resource": {"path": "x", "data": "${ $SECRETS.BasicOne.password }"},
    "looked into": {"path": "x", "data": "${ $SECRETS.TokenOne.token | explode }"},
    "measured": {"path": "x", "data": "${ [$SECRETS.TokenOne.token | length] }"},
}


FORGED = {
    # what the server itself writes where a secret stands, in data of a user
    "$$sealed": {
        "type": "$$sealed",
        "parts": [{"type": "ref", "name": "TokenOne", "path": ["token"], "encodings": []}],
        "encodings": [],
        "keys": None,
    }
}


def forms(text: str) -> set[bytes]:
    """A secret text in every form in which it may turn up."""
    raw = text.encode()
    return {
        raw,
        base64.b64encode(raw).rstrip(b"="),
        base64.urlsafe_b64encode(raw).rstrip(b"="),
        urllib.parse.quote(text, safe="").encode(),
        urllib.parse.quote_plus(text).encode(),
        text.encode("unicode_escape"),
    }


NEEDLES = (
    forms(WORD)
    | forms(TOKEN)
    | {base64.b64encode(f"{USER}:{WORD}".encode()), base64.b64encode(f"Bearer {TOKEN}".encode())}
)


def places(data: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in data]


def expected_credential(asked: dict[str, Any]) -> str:
    path = asked["path"]
    return f"Bearer {TOKEN}" if path.startswith("/token") else "Basic " + base64.b64encode(
        f"{USER}:{WORD}".encode()
    ).decode()  # fmt: skip


@pytest.fixture(scope="module")
def used(play, live, target):
    """The server after jobs that used the secrets in good and in bad ways, with the final event of each job."""

    def answer(asked: dict[str, Any]) -> tuple[int, Any]:
        shown = asked["headers"].get("authorization", "")
        if shown != expected_credential(asked):
            return 401, {"error": "wrong credential"}
        if "/echo" in asked["path"]:
            # In the clear, as the header, inside JSON, and URL-encoded: as careless targets do.
            word = TOKEN if asked["path"].startswith("/token") else WORD
            texts = (shown, word, urllib.parse.quote(word, safe=""), urllib.parse.quote_plus(word))
            return 400, {"error": "no access", "you sent": [*texts, base64.b64encode(word.encode()).decode()]}
        return 200, FORGED if asked["path"] == "/token/forged" else {"well": True}

    target.answer = answer
    live.secret("BasicOne", "basicAuth", username=USER, password=WORD)
    live.secret("TokenOne", "token", token=TOKEN)
    live.resource("WithBasic", target.port, "BasicOne")
    live.resource("WithToken", target.port, "TokenOne")
    jobs: dict[str, Any] = {}
    once = {"retries": [{"name": "once", "maxAttempts": 1}]}
    for kind, resource in (("basic", "WithBasic"), ("token", "WithToken")):
        for path in ("ok", "echo"):
            name = f"{kind}-{path}"
            action = play.rest(f"{kind}/{path}", resource, retryRef="once")
            live.save(play.flow(name, {"name": "a", "type": "operation", "actions": [action], "end": True}, **once))
            jobs[name] = live.begin(name)
    for name, given in FAILS.items():
        action = play.rest("", "WithToken", function="Rest.Post", retryRef="once")
        action["functionRef"]["arguments"]["input"] = given
        state = {"name": "a", "type": "operation", "actions": [action], "end": True}
        live.save(play.flow(name, state, secrets=["BasicOne", "TokenOne"], **once))
        jobs[name] = live.begin(name)
    jobs["forged"] = forge(play, live, target)
    return {name: (job, live.events(job)) for name, job in jobs.items()}


def forge(play, live, target) -> tuple[str, str]:
    """A job whose data pretend to be a sealed secret, from everywhere data come from; the server is killed under way,
    so that they are read back from the disk. At its end they are sent to the resource that has the secret."""
    ask = play.rest("token/forged", "WithToken", actionDataFilter={"toStateData": "${ .answered }"})
    send = play.rest("token/sink", "WithToken", function="Rest.Post", data="${ . }")
    live.save(
        play.flow(
            "forged",
            {"name": "ask", "type": "operation", "actions": [ask], "transition": "put"},
            {"name": "put", "type": "inject", "data": {"injected": FORGED}, "transition": "wait"},
            {"name": "wait", "type": "sleep", "duration": "PT1S", "transition": "send"},
            {"name": "send", "type": "operation", "actions": [send], "end": True},
        )
    )
    job = live.begin("forged", {"given": FORGED, "more": {"$$more": 1, "$$$sealed": 2, "$": 3}})
    play.wait_for(lambda: target.asked("/token/forged"), "the first activity")
    live.kill()
    live.start()
    return job


def test_data_that_pretend_to_be_a_secret_stay_data(used, target):
    sent = [json.loads(asked["body"]) for asked in target.seen if asked["path"] == "/token/sink"]
    assert sent == [
        {
            "given": FORGED,
            "more": {"$$more": 1, "$$$sealed": 2, "$": 3},
            "answered": {"status": 200, "data": FORGED},
            "injected": FORGED,
        }
    ]


def test_the_secrets_reach_the_system_they_are_for(play, used, target):
    for name in ("basic-ok", "token-ok"):
        assert used[name][1][-1]["eventType"] == "WorkflowExecutionCompleted", used[name][1][-1]
        path = "/" + name.replace("-", "/")
        sent = [asked for asked in target.seen if asked["path"] == path]
        # At least once: on a busy machine an attempt may be repeated.
        assert {asked["headers"]["authorization"] for asked in sent} == {expected_credential(sent[0])}


def test_a_target_that_echoes_a_credential_gets_it_masked(play, used):
    for name in ("basic-echo", "token-echo"):
        failed = play.failure(used[name][1][-1])
        assert failed["code"] == "HTTP_STATUS_400"
        assert "***" in failed["message"], failed
        assert places(failed["message"].encode()) == []


@pytest.mark.parametrize("where", sorted(REFUSED))
def test_a_definition_that_would_show_a_secret_is_refused(play, live, used, where):
    state = {"name": "a", "type": "operation", "actions": [], "end": True, **REFUSED[where]}
    events = [{"name": "out", "type": "out", "source": "w", "kind": "produced"}]
    definition = play.flow(f"leak-{where}", state, events=events, secrets=["BasicOne", "TokenOne"])
    reply = live.call("POST", f"{play.B1}/workflow", 400, json={"definition": definition})
    assert "a secret cannot be used in" in reply.json() or "$SECRETS can only be placed" in reply.json()


@pytest.mark.parametrize("how", sorted(FAILS))
def test_a_secret_is_not_opened_for_another_resource(play, used, target, how):
    play.failure(used[how][1][-1])
    assert not any(asked["path"] == "/x" for asked in target.seen)


def test_no_get_of_the_api_shows_a_secret(play, live, used):
    known = known_names(play, live, used)
    asked = 0
    for base in (play.B1, play.B2):
        for path, operations in live.call("GET", f"{base}/openapi.json", 200).json()["paths"].items():
            if "get" not in operations:
                continue
            for full in filled(path, known):
                for query in ({}, {"query": "JobTags IS NULL"}) if "runs" in full else ({},):
                    reply = live.call("GET", base + full, params=query)
                    asked += 1
                    assert reply.status_code < 500, (full, reply.text)
                    assert places(reply.content) == [], full
                    assert places(base64_parts(reply.text)) == [], full
    for path in ("users", "roles", "tokens", "server", "openapi.json"):
        assert places(live.call("GET", f"/api/weft/v1/{path}").content) == []
    assert asked > 60


def test_no_file_and_no_line_of_the_log_holds_a_secret(play, live, used):
    live.stop()
    files = [path for path in live.data.rglob("*") if path.is_file() and "site-packages" not in path.parts]
    assert live.data / "weft.db" in files
    for path in (*files, live.log):
        assert places(path.read_bytes()) == [], path


def known_names(play, live, used) -> dict[str, list[str]]:
    workflows = live.call("GET", f"{play.B1}/workflow", 200).json()
    return {
        "jobId": [job[0] for job, _ in used.values()],
        "runId": [job[1] for job, _ in used.values()],
        "workflowId": [one["workflowId"] for one in workflows],
        "workflowName": [one["name"] for one in workflows],
        "workflowVersion": ["1.0"],
        "secretId": ["BasicOne", "TokenOne"],
        "secretTypeId": ["basicAuth", "token"],
        "resourceId": ["WithBasic", "WithToken"],
        "resourceTypeId": ["generic.rest.resource.v1.0.0"],
        "adapterId": [play.REST],
        "workerName": [play.REST],
        "profileName": ["default"],
        "name": ["none"],
        "type": ["none"],
        "kind": ["produced"],
    }


def filled(path: str, known: dict[str, list[str]]) -> list[str]:
    """The path for every object that is there; ids of jobs and their runs go together."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    count = max((len(known[name]) for name in names), default=1)
    found = []
    for index in range(count):
        full = path
        for name in names:
            value = known[name][index % len(known[name])]
            full = full.replace(f"{{{name}}}", urllib.parse.quote(value, safe=""))
        found.append(full)
    return found


def base64_parts(text: str) -> bytes:
    """What stands in an answer as Base64 (payloads of histories), decoded, one after the other."""
    found = []
    for part in text.split('"'):
        if len(part) >= 8 and len(part) % 4 == 0:
            try:
                found.append(base64.b64decode(part, validate=True))
            except ValueError:
                continue
    return b"\n".join(found)
