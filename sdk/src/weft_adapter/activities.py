"""The `@activity` mark, and the collection of marked functions of an adapter's package.

An activity's id is `<adapterId>.<feature>.<Name>`: the feature is the name of the module directly under the package,
the Name is given or the function's name in PascalCase.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar, overload

import msgspec

from weft_adapter.context import ActivityContext
from weft_adapter.schemas import ANY_OBJECT, Checker, InputInvalid, Schema, SchemaError, schema_of

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__weft_activity__"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
MAX_ACTIVITIES = 2_000


class AdapterError(Exception):
    """The package cannot be offered as an adapter; the text says which module or function is at fault and why."""


class ActivityInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What the server knows of an activity. `package_name` is the feature, `name` the Name inside it."""

    id: str
    adapter_id: str
    package_name: str
    name: str
    description: str = ""
    input_schema: Schema = {}
    output_schema: Schema = {}
    idempotent: bool = False


class Mark(msgspec.Struct, frozen=True):
    """What `@activity` was told. Schemas of None come from the type hints."""

    name: str
    description: str
    input_schema: Schema | None
    output_schema: Schema | None
    idempotent: bool


@overload
def activity(function: Function, /) -> Function: ...
@overload
def activity(
    *,
    name: str = "",
    description: str = "",
    input_schema: Schema | None = None,
    output_schema: Schema | None = None,
    idempotent: bool = False,
) -> Callable[[Function], Function]: ...
def activity(
    function: Any = None,
    /,
    *,
    name: str = "",
    description: str = "",
    input_schema: Schema | None = None,
    output_schema: Schema | None = None,
    idempotent: bool = False,
) -> Any:
    """Mark a function, plain or async, as an activity: `@activity` or `@activity(name="Allocate")`.

    The function takes `(input, ctx)`, `(input)`, `(ctx)` or nothing; the context is the parameter annotated with
    ActivityContext or named `ctx`. `description` defaults to the first line of the docstring. `idempotent` says that
    running an attempt twice does no harm: an attempt whose worker was lost is then simply handed out again.
    """

    def mark(target: Any) -> Any:
        given = name or "".join(part[:1].upper() + part[1:] for part in target.__name__.split("_"))
        if not _NAME.fullmatch(given):
            raise ValueError(f"activity name {given!r}: use letters, digits and _, a letter first")
        text = description or (inspect.getdoc(target) or "").split("\n", 1)[0]
        setattr(target, _MARK, Mark(given, text, input_schema, output_schema, idempotent))
        return target

    return mark if function is None else mark(function)


def mark_of(function: Any) -> Mark | None:
    """What `@activity` noted on the function; None if it is not marked."""
    mark = getattr(function, _MARK, None)
    return mark if isinstance(mark, Mark) else None


class Activity:
    """A marked function made ready to be called: its hints resolved, its input checker compiled."""

    __slots__ = ("_checker", "_context_name", "_input_hint", "_input_name", "function", "info", "is_async")

    def __init__(self, function: Callable[..., Any], adapter_id: str, feature: str) -> None:
        """Raises AdapterError if the hints cannot be resolved or give no schema."""
        mark = mark_of(function)
        if mark is None:
            raise AdapterError(f"{function!r} is not marked with @activity")
        self.function = function
        self.is_async = inspect.iscoroutinefunction(function)
        try:
            hints = typing.get_type_hints(function, include_extras=True)
            self._input_name, self._context_name = _parameters(function, hints)
            self._input_hint = hints.get(self._input_name or "", Any)
            inputs = mark.input_schema if mark.input_schema is not None else self._derived_input()
            outputs = mark.output_schema
            if outputs is None:
                outputs = schema_of(hints.get("return", Any))
            self._checker = Checker(mark.input_schema) if mark.input_schema is not None else None
        except (SchemaError, NameError, TypeError, AttributeError) as error:
            raise AdapterError(f"activity {feature}.{mark.name}: {error}") from None
        self.info = ActivityInfo(
            id=f"{adapter_id}.{feature}.{mark.name}",
            adapter_id=adapter_id,
            package_name=feature,
            name=mark.name,
            description=mark.description,
            input_schema=inputs,
            output_schema=outputs,
            idempotent=mark.idempotent,
        )

    def _derived_input(self) -> Schema:
        return ANY_OBJECT if self._input_hint is Any else schema_of(self._input_hint)

    def arguments(self, value: Any, context: ActivityContext) -> dict[str, Any]:
        """The keyword arguments of a call. An absent input (None) counts as `{}`. Raises InputInvalid."""
        found: dict[str, Any] = {}
        if self._context_name is not None:
            found[self._context_name] = context
        data = {} if value is None else value
        if self._checker is not None:
            self._checker.check(data)
        if self._input_name is None:
            return found
        if self._input_hint is Any or self._input_hint is dict:
            if self._checker is None and not isinstance(data, dict):
                raise InputInvalid("/: the input is an object")
            found[self._input_name] = data
            return found
        try:
            found[self._input_name] = msgspec.convert(data, self._input_hint)
        except msgspec.ValidationError as error:
            raise InputInvalid(str(error)) from None
        return found


def _parameters(function: Callable[..., Any], hints: dict[str, Any]) -> tuple[str | None, str | None]:
    """Names of the input and of the context parameter."""
    inputs: list[str] = []
    contexts: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise SchemaError(f"parameter {name}: an activity takes (input, ctx), no * or / in its parameters")
        is_context = hints.get(name) is ActivityContext or (name not in hints and name == "ctx")
        (contexts if is_context else inputs).append(name)
    if len(inputs) > 1 or len(contexts) > 1:
        raise SchemaError("an activity takes one input and one context")
    return (inputs[0] if inputs else None), (contexts[0] if contexts else None)


def collect(module: str, adapter_id: str) -> dict[str, Activity]:
    """Import `module` and every module directly under it; the activities by id.

    Raises AdapterError if a module fails to import, an id is used twice, or there is no activity.
    """
    package = _imported(module)
    if any(mark_of(item) and item.__module__ == module for item in vars(package).values()):
        raise AdapterError(f"{module}/__init__.py holds an activity; put it in a module of its own, the feature")
    found: dict[str, Activity] = {}
    for entry in sorted(pkgutil.iter_modules(getattr(package, "__path__", [])), key=lambda entry: entry.name):
        part = _imported(f"{module}.{entry.name}")
        for item in list(vars(part).values()):
            if mark_of(item) is None or getattr(item, "__module__", "") != part.__name__:
                continue
            made = Activity(item, adapter_id, entry.name)
            if made.info.id in found and found[made.info.id].function is not item:
                raise AdapterError(f"two activities are named {made.info.id}")
            found[made.info.id] = made
    if not found:
        raise AdapterError(f"no function in {module} is marked with @activity")
    if len(found) > MAX_ACTIVITIES:
        raise AdapterError(f"{module} offers {len(found)} activities; the limit is {MAX_ACTIVITIES}")
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except BaseException as error:  # whatever a foreign module does at import
        if isinstance(error, KeyboardInterrupt):
            raise
        raise AdapterError(f"{name} cannot be imported: {type(error).__name__}: {error}") from None
