from __future__ import annotations

from weft.domain.access import Principal
from weft.domain.credentials import Credential
from weft.services.access_cache import CredentialCache


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def now_ms(self) -> int:
        return int(self.now * 1000)


def test_entries_end_and_are_bounded():
    clock = Clock()
    cache = CredentialCache(clock, b"k", ttl_s=60, size=2)
    one, two, three = (cache.key_of(Credential("basic", text)) for text in "abc")
    principal = Principal("x")
    for key in (one, two, three):
        cache.put(key, principal, cache.generation)
    assert cache.get(one) is None
    assert cache.get(three) is principal
    clock.now = 60
    assert cache.get(three) is None


def test_a_shorter_life_counts():
    clock = Clock()
    cache = CredentialCache(clock, b"k", ttl_s=60, size=2)
    key = cache.key_of(Credential("bearer", "t"))
    cache.put(key, Principal("x"), 0, ttl_s=5)
    clock.now = 5
    assert cache.get(key) is None


def test_forgetting_forgets_also_what_is_under_way():
    cache = CredentialCache(Clock(), b"k", ttl_s=60, size=2)
    key = cache.key_of(Credential("basic", "a"))
    begun = cache.generation
    cache.forget()
    cache.put(key, Principal("x"), begun)
    assert cache.get(key) is None


def test_keys_differ_by_scheme_text_and_process():
    cache, other = (CredentialCache(Clock(), secret, ttl_s=60, size=2) for secret in (b"k", b"l"))
    a, b = Credential("basic", "a"), Credential("bearer", "a")
    assert len({cache.key_of(a), cache.key_of(b), other.key_of(a)}) == 3
    assert cache.key_of(a) == cache.key_of(Credential("basic", "a", "elsewhere"))
