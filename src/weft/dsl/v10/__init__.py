"""The tasks front end: definitions of 1.0.x lowered to the machine's program form.

Supported are the tasks that need nothing but the machine and an adapter's activities: `do`, `set`, `switch`, `for`,
`fork`, `try`, `raise`, `wait`, `run.workflow`, and `call` of an activity or of a function of the document. Every other
construct is refused with its own `unsupported-…` code.
"""

from __future__ import annotations

from weft.dsl.v10.compiler import compile_tasks

__all__ = ["compile_tasks"]
