"""Parts of a document that stand elsewhere: definition arrays, constants and schemas given as URIs.

They are resolved once, when the definition is compiled, through the resolver of the compilation; a run never
fetches anything. The program then works on a document with the parts in their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.dsl.document.context import CompileContext, ResourceError
from weft.dsl.problems import Problem, error, pointer_of
from weft.dsl.v08.toplevel import referenced_arrays


def resolved(doc: Mapping[str, Any], ctx: CompileContext) -> tuple[dict[str, Any], list[Problem]]:
    """The document with its URIs replaced by what they name, and the problems of those that name nothing."""
    out = dict(doc)
    problems: list[Problem] = []
    for key, uri in referenced_arrays(doc):
        head, _, tail = key.partition("/")
        pointer = pointer_of(*key.split("/"))
        value, refused = _fetch(uri, pointer, head, ctx)
        if refused is not None:
            problems.append(refused)
        if tail:
            out[head] = {**cast("dict[str, Any]", doc[head]), tail: value}
        else:
            out[head] = value
    return out, problems


def _fetch(uri: str, pointer: str, key: str, ctx: CompileContext) -> tuple[Any, Problem | None]:
    if uri.startswith("file:") and "file" not in ctx.options.allow:
        return None, error("semantics", "unsupported-file-uri", pointer, "files of the server cannot be read")
    if ctx.resources is None:
        return None, error("semantics", "uri", pointer, f"{uri!r} cannot be read: write the {key} into the definition")
    try:
        value = ctx.resources.resolve(uri)
    except ResourceError as refused:
        return None, error("semantics", "uri", pointer, f"{uri!r} cannot be read: {refused}")
    # such files hold either the list itself or an object with the list under its key
    if isinstance(value, dict) and key in value and len(cast("dict[str, Any]", value)) == 1:
        value = cast("dict[str, Any]", value)[key]
    return value, None
