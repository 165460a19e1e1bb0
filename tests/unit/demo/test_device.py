from starlette.testclient import TestClient

from weft.demo.device import BUSY, REFUSES, TOKEN, Lab, build

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
