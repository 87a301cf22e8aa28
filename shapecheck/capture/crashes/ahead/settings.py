"""What holds settings, made anew: dicts, namespaces, named tuples, dataclasses, and what a parser of arguments gave."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from types import FunctionType, SimpleNamespace
from typing import Any

from shapecheck.capture.crashes.ahead.names import Names
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.capture.kept import kept_by
from shapecheck.reading.sources import last_name, parents, walk

_NAMESPACES = (SimpleNamespace, argparse.Namespace)
# What a field is filled with for each object anew.
_EMPTY = (list, dict, set)
_MISSING = dataclasses.MISSING
_TYPES = (int, float)
# What a class gives one of its fields: the new value of one that a change is in.
Field = Callable[[type, str, Any], Any]


class EvaluatorAhead(Evaluator):
    """Gives the values that have names, and of classes what a change gives them.

    Args:
        names: What the names stand for.
        changed: The names to which a change gives another value in a class.
        field: What a class gives such a name.
    """

    def __init__(self, names: Mapping[str, Any], changed: Container[str], field: Field) -> None:
        super().__init__(names)
        self.changed, self.field = changed, field

    def _handle(self, node: ast.expr) -> Any:
        value = super()._handle(node)
        if isinstance(node, ast.Attribute) and node.attr in self.changed:
            owner = self[node.value]
            kinds = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
            kind = next((each for each in kinds if node.attr in vars(each)), None)
            is_own = not isinstance(owner, type) and node.attr in kept_by(owner)
            # A property, or a field of a tuple, is the object's own.
            if kind is not None and not is_own and vars(kind)[node.attr] is value:
                return self.field(kind, node.attr, value)
        return value


def holds_settings(kind: type) -> bool:
    """Whether objects of a class hold what they are given under its name, and making one does nothing else."""
    is_known = kind is dict or kind in _NAMESPACES
    return is_known or _is_named_tuple(kind) or _is_plain_dataclass(kind) or _is_without_maker(kind)


def settings(kind: type, args: Sequence[Any], kwargs: Mapping[str, Any], field: Field) -> Any:
    """What such a class makes of what it is given; UNKNOWN where Python would refuse it."""
    if kind is dict:
        given = args[0] if args else {}
        return {**given, **kwargs} if type(given) is dict and len(args) < 2 else UNKNOWN
    if kind in _NAMESPACES:
        return kind(**kwargs) if not args else UNKNOWN
    if _is_named_tuple(kind):
        defaults = {name: field(kind, name, value) for name, value in kind._field_defaults.items()}  # type: ignore[attr-defined]
        values = _filled(kind._fields, args, kwargs, defaults)  # type: ignore[attr-defined]
        return tuple.__new__(kind, values.values()) if values is not None else UNKNOWN
    fields = dataclasses.fields(kind) if _is_plain_dataclass(kind) else ()
    filled = {each.name: _of_field(kind, each, field) for each in fields}
    held = _filled([each.name for each in fields if each.init], args, kwargs, filled)
    new: Any = object.__new__(kind)
    vars(new).update(held or {})
    return new if held is not None else UNKNOWN


def as_dict(value: Any) -> Any:
    """The settings of an object by their names, as ``vars`` and ``asdict`` give them; UNKNOWN of any other."""
    if not holds_settings(type(value)) or not hasattr(value, "__dict__"):
        return UNKNOWN
    return dict(vars(value))


def told_to_parser(call: ast.expr, value_of: Callable[[ast.expr], Any]) -> dict[str, Any]:
    """The default that ``parser.add_argument("--width", default=7)`` tells, under the name that it will have."""
    if not isinstance(call, ast.Call) or last_name(call.func) != "add_argument":
        return {}
    told = {each.arg: each.value for each in call.keywords}
    names = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    long = [each for each in names if each.startswith("--")] or names
    if "default" not in told or not long:
        return {}
    dest = told.get("dest")
    name = dest.value if isinstance(dest, ast.Constant) else long[0].lstrip("-").replace("-", "_")
    return {str(name): value_of(told["default"])}


def parsed(line: ast.Assign, names: Names, told: Mapping[str, Any]) -> Any:
    """What ``args = parser.parse_args()`` would give with other defaults; what the command line said stays."""
    call, target = line.value, line.targets[0]
    if not told or not isinstance(call, ast.Call) or last_name(call.func) != "parse_args":
        return UNKNOWN
    # As both were, whatever was read since.
    before = Names({}, *names.outer)
    parser = getattr(call.func, "value", None)
    given = before.get(parser.id) if isinstance(parser, ast.Name) else None
    ready = before.get(target.id) if isinstance(target, ast.Name) else None
    if type(ready) is not argparse.Namespace or type(given) is not argparse.ArgumentParser:
        return UNKNOWN
    *_, file = parents(line)
    words = _words(call)
    if words is None or any(isinstance(each, ast.Attribute) and each.attr == "set_defaults" for each in walk(file)):
        return UNKNOWN
    left = {}
    for action in given._actions:
        if action.dest in told and not any(each.startswith(word) for word in words for each in action.option_strings):
            value = told[action.dest]
            # What is told as a text goes through the type like a word of the command line.
            left[action.dest] = action.type(value) if isinstance(value, str) and action.type in _TYPES else value
    return argparse.Namespace(**{**vars(ready), **left})


def _words(call: ast.Call) -> list[str] | None:
    """The options that a command line gives, as far as they were written out; None where that is not known."""
    told = call.args[0] if call.args else None
    if len(call.args) > 1 or call.keywords or not isinstance(told, ast.List | None):
        return None
    items = [getattr(each, "value", None) for each in told.elts] if told is not None else sys.argv[1:]
    if not all(isinstance(each, str) for each in items):
        return None
    return [str(each).partition("=")[0] for each in items if str(each).startswith("-") and str(each) != "-"]


def is_generated(made: FunctionType) -> bool:
    """Whether a constructor was written by ``dataclass``."""
    return made.__code__.co_filename == "<string>"


def _filled(
    names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any] | None:
    values = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
    is_known = len(args) <= len(names) and set(names) <= values.keys() and kwargs.keys() <= set(names)
    ordered = [*names, *(name for name in defaults if name not in names)]
    return {name: values[name] for name in ordered if values[name] is not _MISSING} if is_known else None


def _of_field(kind: type, each: dataclasses.Field[Any], field: Field) -> Any:
    if each.default is not _MISSING:
        return field(kind, each.name, each.default)
    if each.default_factory in _EMPTY:
        return () if each.default_factory is list else each.default_factory()
    return _MISSING if each.default_factory is _MISSING else UNKNOWN


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and kind.__bases__ == (tuple,) and hasattr(kind, "_field_defaults")


def _is_plain_dataclass(kind: type) -> bool:
    """Whether a class of the script is a dataclass, of such ones alone, and nothing of its own makes its objects."""
    above = kind.__mro__[:-1]
    if type(kind) is not type or not all("__dataclass_fields__" in vars(each) for each in above):
        return False
    made = vars(kind).get("__init__")
    own = {name for each in above for name in vars(each)} & {"__new__", "__del__", "__slots__", "__post_init__"}
    puts = [vars(each)["__setattr__"] for each in above if "__setattr__" in vars(each)]
    is_ready_made = all(isinstance(each, FunctionType) and is_generated(each) for each in (made, *puts))
    return is_ready_made and not own


def _is_without_maker(kind: type) -> bool:
    """Whether a class leaves it to ``object`` to make what is of it."""
    own = {name for each in kind.__mro__[:-1] for name in vars(each)}
    return type(kind) is type and "__dict__" in own and not own & {"__init__", "__new__", "__del__", "__slots__"}
