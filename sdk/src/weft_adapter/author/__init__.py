"""The author's path: new, test, build, push."""

from weft_adapter.author.archive import BuildError, build
from weft_adapter.author.check import Report, test
from weft_adapter.author.push import PushError, push
from weft_adapter.author.scaffold import new

__all__ = ["BuildError", "PushError", "Report", "build", "new", "push", "test"]
