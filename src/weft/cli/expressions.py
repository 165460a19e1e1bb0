"""`weft expr eval`: try an expression on a document, without a server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from weft.cli.connection import choices
from weft.cli.failures import FAILED, REFUSED, USAGE, CommandError
from weft.cli.output import show

MAX_INPUT = 16 << 20
commands = typer.Typer(no_args_is_help=True, help="Try expressions.")


@commands.command("eval")
def evaluate(
    expression: Annotated[str, typer.Argument(help="the expression, with or without ${ }")],
    source: Annotated[str, typer.Option("--input", help="file with the input (JSON or YAML), - for stdin")] = "",
    explained: Annotated[bool, typer.Option("--explain", help="show what each part gave")] = False,
) -> None:
    """Evaluate an expression on an input and print every result."""
    from weft.dsl.expr import STATES, Budget, ExpressionFault, Names, compile_expr, explain

    value = read_document(source) if source else None
    if explained:
        show(msgspec.to_builtins(explain(expression, value, {}, profile=STATES)), "json")
        return
    compiled = compile_expr(expression, names=Names(), where="", profile=STATES)
    if compiled.result is None:
        problems = "; ".join(problem.message for problem in compiled.problems)
        raise CommandError(f"the expression cannot be read: {problems}", USAGE)
    try:
        results = compiled.result.all(value, (), Budget(time.time_ns() // 1_000_000))
        for result in results:
            show(result, "yaml" if choices.output == "yaml" else "json")
    except ExpressionFault as fault:
        raise CommandError(f"{fault}", FAILED) from None


def read_document(source: str) -> Any:
    """The value of a JSON or YAML file, or of standard input for `-`. Raises CommandError."""
    from weft.dsl.document.text import parse

    try:
        data = sys.stdin.buffer.read(MAX_INPUT + 1) if source == "-" else Path(source).read_bytes()
    except OSError as cause:
        raise CommandError(f"cannot read {source}: {cause.strerror or cause}", USAGE) from None
    if len(data) > MAX_INPUT:
        raise CommandError(f"{source} is larger than {MAX_INPUT} bytes", USAGE)
    parsed = parse(data)
    if parsed.problems:
        raise CommandError("; ".join(problem.text() for problem in parsed.problems[:5]), REFUSED)
    return parsed.value
