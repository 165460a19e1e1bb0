import pytest

from weft.api.cwm.jobs_page import decode_token, encode_token, page_size
from weft.domain.errors import Invalid


@pytest.mark.parametrize(("text", "size"), [("", 1000), ("0", 1000), ("5", 5), ("1000", 1000), ("99999", 1000)])
def test_page_size(text, size):
    assert page_size(text) == size


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "9" * 20])
def test_no_page_size(text):
    with pytest.raises(Invalid):
        page_size(text)


def test_a_token_is_bound_to_its_query():
    token = encode_token(("open", 5, 7), "JobName = 'a'")
    assert decode_token(token, "JobName = 'a' ") == ("open", 5, 7)
    with pytest.raises(Invalid):
        decode_token(token, "JobName = 'b'")


@pytest.mark.parametrize("token", ["x", "AAAA", "ä", "A" * 40])
def test_altered_tokens(token):
    with pytest.raises(Invalid):
        decode_token(token, "")
    with pytest.raises(Invalid):
        decode_token(encode_token(("open", 5, 7), "")[:-4] + "AAAA", "")
