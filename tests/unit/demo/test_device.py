import pytest
from starlette.testclient import TestClient

from weft.demo.device import BUSY, MAX_DELAY_S, REFUSES, SETTLED_AT, TOKEN, Lab, build, delay_s

TOKEN_HEADER = {"authorization": f"Bearer {TOKEN}"}


def client():
    lab = Lab()
    return lab, TestClient(build(lab))


def test_no_credentials_no_answer():
    _, http = client()
    assert http.get("/inventory/devices?site=lab").status_code == 401
    assert http.get("/inventory/devices?site=lab", headers=TOKEN_HEADER).status_code == 200
    assert http.get("/inventory/devices?site=lab", auth=("lab", "lab-password")).status_code == 200
    assert http.get("/inventory/devices?site=other", headers=TOKEN_HEADER).status_code == 404


def test_an_address_is_reserved_once_per_key():
    lab, http = client()
    body = {"device": "r1", "key": "k"}
    first = http.post("/inventory/addresses", json=body, headers=TOKEN_HEADER).json()
    assert http.post("/inventory/addresses", json=body, headers=TOKEN_HEADER).json() == first
    assert lab.addresses == {"r1": first["address"]}
    http.delete("/inventory/addresses/r1", headers=TOKEN_HEADER)
    assert lab.addresses == {}


def test_busy_devices_take_the_configuration_later_and_locked_ones_never():
    lab, http = client()
    busy, refusing = next(iter(BUSY)), next(iter(REFUSES))
    path = "/restconf/data/devices/device={}/config"
    statuses = [http.patch(path.format(busy), json={"a": 1}, headers=TOKEN_HEADER).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert http.patch(path.format(refusing), json={"a": 1}, headers=TOKEN_HEADER).status_code == 409
    assert http.get(path.format(refusing), headers=TOKEN_HEADER).status_code == 404
    assert http.get(path.format(busy), headers=TOKEN_HEADER).json() == {"a": 1}
    assert lab.snapshot()["writes"] == {busy: 3, refusing: 1}


def test_reports_events_and_beats_are_kept():
    _, http = client()
    assert http.post("/inventory/reports", json={"a": 1}).status_code == 401
    http.post("/inventory/reports", json={"a": 1}, headers=TOKEN_HEADER)
    http.post("/inventory/events", json={"type": "t"}, headers=TOKEN_HEADER)
    http.post("/inventory/beats", json={}, headers=TOKEN_HEADER)
    state = http.get("/state").json()
    assert (state["reports"], state["events"], state["beats"]) == ([{"a": 1}], [{"type": "t"}], 1)
    asked = [http.get("/inventory/settled", headers=TOKEN_HEADER).json()["settled"] for _ in range(SETTLED_AT)]
    assert asked == [False] * (SETTLED_AT - 1) + [True]


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0.0), ("x", 0.0), ("0.5", 0.5), ("-1", 0.0), ("1e9", MAX_DELAY_S), ("nan", 0.0)]
)
def test_an_answer_takes_its_time_within_limits(text, seconds):
    assert delay_s(text) == seconds
