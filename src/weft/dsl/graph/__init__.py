"""The lists front end: task lists and task graphs lowered to the machine's program form.

Both shapes are tasks with the same life (input, attempts, retries, time limits, output under their name); a list runs
them one after the other with control tasks, a graph runs each when its parents have ended well. References
(`${ref.output.x}`) are compiled when a definition is saved; what they give is never read as a reference again.
"""

from __future__ import annotations

from weft.dsl.graph.program import compile_list

__all__ = ["compile_list"]
