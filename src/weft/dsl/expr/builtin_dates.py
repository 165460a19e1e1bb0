"""Builtins about dates, all in UTC: seconds, broken-down time and texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.expr import dates
from weft.dsl.expr.arithmetic import add, subtract, whole
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.formats import not_sealed
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import value


def _dated(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function of dates as a builtin: its errors are jq errors."""

    def compute(budget: Budget, v: Any, *args: Any) -> Any:
        not_sealed(v)
        for arg in args:
            not_sealed(arg)
        if v.__class__ is str:
            budget.text(len(v))
        try:
            return run(v, *args)
        except dates.DateError as error:
            raise JqError(str(error)) from None

    return compute


def _gmtime(v: Any) -> list[Any]:
    broken: list[Any] = list(dates.gmtime(v))
    return [whole(part) if part.__class__ is float else part for part in broken]


def _strflocaltime(v: Any, form: Any) -> str:
    return dates.strftime(v, form, "strflocaltime/1")


for _name in ("todate", "todateiso8601", "date"):
    value(_name, 0, _dated(dates.todate), uses="dates", plain=True)
for _name in ("fromdate", "fromdateiso8601"):
    value(_name, 0, _dated(dates.fromdate), uses="dates", plain=True)
value("gmtime", 0, _dated(_gmtime), uses="dates")
value("localtime", 0, _dated(_gmtime), uses="dates")
value("mktime", 0, _dated(dates.timegm), uses="dates", plain=True)
value("strftime", 1, _dated(dates.strftime), uses="dates", plain=True)
value("strflocaltime", 1, _dated(_strflocaltime), uses="dates", plain=True)
value("strptime", 1, _dated(dates.strptime), uses="dates")
value("dateadd", 2, lambda budget, v, unit, amount: add(v, amount, budget), uses="dates")
value("datesub", 2, lambda budget, v, unit, amount: subtract(v, amount, budget), uses="dates")
