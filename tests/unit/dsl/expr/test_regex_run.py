from weft.dsl.expr.regex_parse import parse
from weft.dsl.expr.regex_program import Builder
from weft.dsl.expr.regex_run import Run, execute, nested


def run_of(text: str, slots: int = 4) -> tuple[Run, list[int]]:
    charged: list[int] = []
    return Run(text, slots, charged.append, 0), charged


def test_undo_takes_captures_back() -> None:
    run, _ = run_of("x")
    run.stack.append((7, 3))
    run.set(1, 5)
    run.set(1, 6)
    assert run.undo() == (7, 3)
    assert run.caps[1] == -1
    assert run.undo() == (-1, -1)


def test_steps_are_charged_in_lots_and_settled() -> None:
    run, charged = run_of("a" * 1000)
    program = Builder(1, memo=True).program_of(parse("a*b").root)
    assert execute(program, run, 0, set(), lambda end: True) == -1
    run.settle()
    assert sum(charged) > 2000
    assert max(charged) <= 256


def test_nested_keeps_captures_and_can_take_them_back() -> None:
    run, _ = run_of("ab")
    program = Builder(1, memo=True).program_of(parse("(a)b").root)
    run.stack.append((9, 0))
    assert nested(program, run, 0, lambda end: True) == 2
    assert run.caps[2:4] == [0, 1]
    assert run.undo() == (9, 0)
    assert run.caps[2:4] == [-1, -1]
