"""The calls that a crash was in, as they were given, and which calls of the same models went well before."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch
from torch import nn

from shapecheck.capture.configs import is_begun
from shapecheck.capture.crashes.flight import Entry, real
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.functions import user_function
from shapecheck.capture.crashes.read_through import ShapesThrough
from shapecheck.capture.crashes.shapes import UNKNOWN, to_meta
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.sources import parents, walk

# So many calls of each model are looked at, the last ones that were given other shapes than the one that failed.
MAX_CALLS = 2
# So many modules of a model may have had calls of their own.
MAX_MODULES = 64
_PLAIN = (int, float, bool, str, type(None))


@dataclass(frozen=True)
class Call:
    """One call of a function of the script.

    Args:
        function: The function; of a model its forward.
        args: What that was given, in its order: meta tensors; UNKNOWN where it is not known.
        output: What it returned, on meta tensors; None where it did not.
    """

    function: FunctionType
    args: tuple[Any, ...]
    output: Any = None

    def returned_this(self, value: Any) -> bool:
        """Whether a value may be what it returned, by the shapes."""
        return _may_be(value, self.output)


def earlier_calls_of(frames: Sequence[LiveFrame], entries: Sequence[Entry]) -> Iterator[Call]:
    """The calls of the models whose forward the frames are in, with tensors of other shapes, the outermost model first.

    Args:
        frames: The frames of the crash, outermost first.
        entries: The calls of modules before.
    """
    seen: set[int] = set()
    for frame in frames:
        code = frame.frame.f_code
        names = code.co_varnames[: code.co_argcount]
        owner = frame.frame.f_locals.get(names[0]) if names and frame.function == "forward" else None
        function = user_function(owner) if isinstance(owner, nn.Module) else None
        if isinstance(owner, nn.Module) and function and function.__code__ is code and id(owner) not in seen:
            seen.add(id(owner))
            held = dict(_as_given(frame))
            given = str([_shape(held.get(name)) for name in names[1:]])
            yield from _of_model(owner, function, held, given, entries)


def returned_calls_of(frames: Sequence[LiveFrame], entries: Sequence[Entry]) -> Iterator[Call]:
    """The calls of the models that the frames hold and are not in, with other shapes than the last one of each.

    The last one has returned what the crash was made of.

    Args:
        frames: The frames of the crash, outermost first.
        entries: The calls of modules before.
    """
    running = {frame.frame.f_code for frame in frames}
    values = (value for frame in frames for value in [*frame.frame.f_locals.values()])
    held = (value for value in values if isinstance(value, nn.Module) and is_begun(value))
    owners = {id(each): each for model in held for each in itertools.islice(model.modules(), MAX_MODULES)}
    for owner in owners.values():
        function = user_function(owner)
        last = next((entry for entry in reversed(entries) if entry[1] is type(owner)), None)
        if function is not None and last is not None and function.__code__ not in running:
            yield from _of_model(owner, function, {}, _told(last, function), entries)


def failed_calls_of(frames: Sequence[LiveFrame], entries: Sequence[Entry]) -> Iterator[Call]:
    """The calls that the frames are in, the innermost first.

    Args:
        frames: The frames of the crash, outermost first.
        entries: The calls of modules before.
    """
    for outer, frame in reversed(list(itertools.pairwise(frames))):
        code, held = frame.frame.f_code, dict(_as_given(frame))
        names = code.co_varnames[: code.co_argcount]
        owner = frame.frame.f_locals.get(names[0]) if names else None
        found = (getattr(type(owner), frame.function, None), frame.frame.f_globals.get(frame.function))
        functions = [each if each and each.__code__ is code else None for each in map(user_function, found)]
        function = functions[0] or functions[1]
        if function is not None and not code.co_kwonlyargcount:
            held |= dict(_as_written(outer, names[functions[0] is not None :], entries, held))
            args = (to_meta(held[name]) if name in held else UNKNOWN for name in names)
            yield Call(function, tuple(each if _is_kept(each) else UNKNOWN for each in args))


def _as_written(
    frame: LiveFrame, names: Sequence[str], entries: Sequence[Entry], held: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What the call that a frame is in gives for the names of parameters that have other values since."""
    call = frame.node
    if not isinstance(call, ast.Call) or any(isinstance(each, ast.Starred) for each in call.args):
        return
    scope = {**frame.frame.f_builtins, **frame.frame.f_globals, **frame.frame.f_locals}
    written = [*zip(names, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    shapes = ShapesThrough(Evaluator(scope), entries)
    yield from ((name, shapes.of(node)) for name, node in written if name not in held)


def _is_kept(value: Any) -> bool:
    """Whether what a function was given is what it was: no list, into which more may have been put since."""
    return isinstance(value, torch.Tensor | nn.Module | tuple) or type(value) in _PLAIN


def _of_model(
    owner: nn.Module, function: FunctionType, held: Mapping[str, Any], given: str, entries: Sequence[Entry]
) -> Iterator[Call]:
    """The calls of one model that were given other shapes than those that are told, the last ones first."""
    names, shapes = _parameters(function), {given}
    for entry in reversed(entries):
        if entry[1] is not type(owner):
            continue
        tensors, told = _given(entry), _told(entry, function)
        if len(tensors) > len(names) or told in shapes:
            continue
        shapes.add(told)
        args = [_plain(each, held, name) for each, name in zip(tensors, names, strict=False)]
        yield Call(function, (owner, *args), real(entry[3]))
        if len(shapes) > MAX_CALLS:
            return


def _parameters(function: FunctionType) -> tuple[str, ...]:
    return function.__code__.co_varnames[1 : function.__code__.co_argcount]


def _given(entry: Entry) -> tuple[Any, ...]:
    given = real(entry[2])
    return tuple(given) if isinstance(entry[2], list) else (given,)


def _told(entry: Entry, function: FunctionType) -> str:
    """The shapes of what a call was given, one for each parameter."""
    tensors = _given(entry)
    return str([_shape(each) for each in (*tensors, *(None for _ in _parameters(function)[len(tensors) :]))])


def _as_given(frame: LiveFrame) -> Iterator[tuple[str, Any]]:
    """The parameters of a function that have the value still with which it was called."""
    home = next((up for up in parents(frame.statement) if isinstance(up, ast.FunctionDef)), None)
    nodes = walk(home) if home is not None else ()
    stored = {each.id for each in nodes if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    yield from ((name, value) for name, value in frame.frame.f_locals.items() if name not in stored)


def _plain(given: Any, held: Mapping[str, Any], name: str) -> Any:
    """What was given; of what is no tensor only the kind of it is kept, and the call that failed has one like it."""
    if given is not None:
        return given
    value = held.get(name, UNKNOWN)
    return value if type(value) in _PLAIN else None if isinstance(value, torch.Tensor) else UNKNOWN


def _shape(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_shape(each) for each in value]
    return tuple(value.shape) if isinstance(value, torch.Tensor) else None


def _may_be(value: Any, output: Any) -> bool:
    if isinstance(value, torch.Tensor) and isinstance(output, torch.Tensor):
        return value.shape == output.shape
    if isinstance(value, tuple) and isinstance(output, tuple):
        return len(value) == len(output) and all(map(_may_be, value, output))
    return not isinstance(value, torch.Tensor) or output is None
