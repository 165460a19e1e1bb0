import msgspec

from weft.dsl.machine.faults import STATUS_OF_KIND, Fault, fault


def test_status_defaults_to_the_kind():
    for kind, status in STATUS_OF_KIND.items():
        assert fault(kind, "d").status == status
    assert fault("communication", "d", status=404).status == 404


def test_survives_serialisation():
    made = fault("runtime", "d", code="X", retryable=False, data={"a": 1}, cause=fault("timeout", "c"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Fault) == made
