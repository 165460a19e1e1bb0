from weft.dsl.expr.regex_ast import MAX_WIDTH, BackRef, Group, Look, any_node, has_anchor, width
from weft.dsl.expr.regex_parse import parse


def test_width() -> None:
    for text, expected in (
        ("a", (1, 1)),
        ("ab|c", (1, 2)),
        ("a{2,3}b?", (2, 4)),
        ("a*", (0, MAX_WIDTH)),
        ("^(?=a)", (0, 0)),
        (r"(a)\1", (1, MAX_WIDTH)),
        ("(?:^)*", (0, 0)),
        ("a{100000}{100000}", (MAX_WIDTH, MAX_WIDTH)),
    ):
        assert width(parse(text).root) == expected, text


def test_search_of_the_tree() -> None:
    root = parse(r"(?:a|(?=(b)$))*").root
    assert any_node(root, Look)
    assert any_node(root, (BackRef, Group))
    assert not any_node(root, BackRef)
    assert has_anchor(root, frozenset({"end_or_newline"}))
    assert not has_anchor(root, frozenset({"start"}))
