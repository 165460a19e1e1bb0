"""Which addresses may be reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft_adapter.egress import EgressPolicy, EgressRefused, check, host_key, is_own_address, judge, parse_rule

NONE = EgressPolicy()
WIDE = EgressPolicy(allow=("0.0.0.0/0", "::/0", "evil.test"), hosts=("evil.test",))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.1.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "168.63.129.16",
     "224.0.0.1", "ff02::1", "0.0.0.0", "0.1.2.3", "::", "240.0.0.1", "255.255.255.255", "::ffff:169.254.169.254",
     "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"],
)  # fmt: skip
def test_some_addresses_are_refused_whatever_is_allowed(address: str) -> None:
    with pytest.raises(EgressRefused):
        judge(WIDE, "evil.test", 80, address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "2002:7f00:1::1", "64:ff9b::7f00:1"]
)
def test_loopback_needs_the_operators_permission_and_a_resource_is_not_enough(address: str) -> None:
    with pytest.raises(EgressRefused):
        judge(EgressPolicy(hosts=("localhost",)), "localhost", 8080, address)


@pytest.mark.parametrize(
    "entry", ["127.0.0.1", "127.0.0.1:8080", "127.0.0.0/8", "127.0.0.0/8:8080", "localhost", "LocalHost.:8080"]
)
def test_entries_that_permit_a_loopback_address(entry: str) -> None:
    judge(EgressPolicy(allow=(entry,)), "localhost", 8080, "127.0.0.1")


@pytest.mark.parametrize("entry", ["127.0.0.1:8081", "10.0.0.0/8", "otherhost", "[::1]:8080"])
def test_entries_that_do_not(entry: str) -> None:
    with pytest.raises(EgressRefused):
        judge(EgressPolicy(allow=(entry,)), "localhost", 8080, "127.0.0.1")


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "fd12::1", "fec0::1", "192.0.2.10"]
)
def test_private_addresses_need_a_named_host(address: str) -> None:
    with pytest.raises(EgressRefused, match="private"):
        judge(NONE, "nso.lab", 443, address)
    judge(NONE.naming(["NSO.lab."]), "nso.lab", 443, address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:8.8.8.8"])
def test_public_addresses_are_permitted(address: str) -> None:
    judge(NONE, "example.com", 443, address)


def test_own_ports_on_own_addresses_are_refused() -> None:
    policy = EgressPolicy(own_ports=(8443,))
    assert is_own_address("127.0.0.1")
    assert not is_own_address("1.1.1.1")
    judge(policy, "example.com", 8443, "1.1.1.1")
    with pytest.raises(EgressRefused):
        judge(policy, "self.test", 8443, "127.0.0.1")


def test_one_bad_answer_refuses_the_host() -> None:
    assert check(NONE, "a.test", 443, ["1.1.1.1", "1.0.0.1"]) == "1.1.1.1"
    for answers in (["1.1.1.1", "127.0.0.1"], ["1.1.1.1", "169.254.169.254"], []):
        with pytest.raises(EgressRefused):
            check(NONE, "a.test", 443, answers)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(EgressRefused):
        judge(WIDE, "x", 1, "not-an-address")


@pytest.mark.parametrize("text", ["", ":80", "a:0", "a:99999", "a:b", "10.0.0.0/99", "[::1]:x"])
def test_bad_entries_are_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"egress\.allow"):
        parse_rule(text)


def test_addresses_are_compared_in_their_usual_form() -> None:
    assert host_key("[2001:DB8:0:0::1]") == "2001:db8::1"
    assert EgressPolicy(hosts=("2001:db8::1",)).names("[2001:0db8::1]", 1)
    assert EgressPolicy(allow=("proxy.lab:3128",)).names("proxy.lab", 3128)
    assert not EgressPolicy(allow=("proxy.lab:3128",)).names("proxy.lab", 80)


def test_naming_a_host_twice_changes_nothing() -> None:
    policy = NONE.naming(["a"])
    assert policy.naming(["A", ""]) is policy


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_the_address(address: object) -> None:
    def verdict(text: str) -> bool:
        try:
            judge(NONE, "h", 443, text)
        except EgressRefused:
            return False
        return True

    assert verdict(f"::ffff:{address}") == verdict(str(address))
