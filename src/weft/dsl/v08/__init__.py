"""The states front end: documents of versions 0.8 and 0.9 and their CWM variant, lowered to programs."""

from weft.dsl.v08.program import compile_states

__all__ = ["compile_states"]
