from weft.dsl.document.text_limits import DEFAULT, TextFault


def test_the_numbers_are_the_documented_ones():
    numbers = (DEFAULT.max_bytes, DEFAULT.max_depth, DEFAULT.max_aliases, DEFAULT.max_nodes)
    assert numbers == (1 << 20, 64, 1_000, 200_000)


def test_a_fault_carries_code_and_place():
    fault = TextFault("alias", "too many", 3, 7, "/a")
    assert (fault.code, str(fault), fault.line, fault.column, fault.pointer) == ("alias", "too many", 3, 7, "/a")
