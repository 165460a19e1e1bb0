"""What can go wrong in an evaluation: jq errors, spent budgets, and the fault that leaves the package.

A jq error carries any value and is caught by `try` and `?`. A spent budget is no jq error: nothing inside an
expression catches it. Both leave the package as one `ExpressionFault`.
"""

from __future__ import annotations

from typing import Any, Literal

SEALED_TEXT = "a secret value can only be placed, joined into text or encoded"

Code = Literal["JQ_ERROR", "BUDGET"]


class JqError(Exception):
    """An error inside an expression: `value` is what `try … catch` sees (any JSON value).

    `span` (start, end) is filled in by the instrumented form only.
    """

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value
        self.span: tuple[int, int] | None = None


class BudgetSpent(Exception):
    """A limit was reached; `text` says which, without the expression and the position."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        self.span: tuple[int, int] | None = None


class BreakSignal(Exception):
    """`break $label`: unwinds to the label that made `mark`."""

    def __init__(self, mark: object) -> None:
        super().__init__()
        self.mark = mark


class ExpressionFault(Exception):
    """An evaluation failed: the machine turns it into fault `expression`, status 400.

    `message` is jq's error text or the text of the budget, `expression` the whole text, `offset` (0-based, code
    points), `line` and `column` (1-based) where the failing part begins, `part` the text of that part, `input` an
    excerpt of the input as JSON, cut at 1 KiB, secrets masked.
    """

    def __init__(self, message: str, code: Code, expression: str, offset: int, part: str, excerpt: str) -> None:
        super().__init__(message)
        self.message = message
        self.code: Code = code
        self.expression = expression
        self.offset = offset
        self.part = part
        self.input = excerpt
        before = expression[:offset]
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1

    def detail(self) -> str:
        """`<text> (in <expression, cut at 200>, line l, column c)`."""
        shown = self.expression if len(self.expression) <= 200 else self.expression[:197] + "..."
        return f"{self.message} (in {shown}, line {self.line}, column {self.column})"

    def data(self) -> dict[str, Any]:
        """The fault's data: `{expression, offset, input}`."""
        return {"expression": self.expression, "offset": self.offset, "input": self.input}

    def __str__(self) -> str:
        return self.detail()
