"""What a batch held as a model was called in a loop over batches: flags, numbers of rows, and how many items."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader

from shapecheck.capture.kept import kept_by
from shapecheck.capture.recording.collate import rest_of
from shapecheck.capture.recording.user_code import is_users, user_frames
from shapecheck.reading.sources import loops_of_line, source_of

# A part of what a loop goes over: the name that it is bound to, and where in that it stands.
Part = tuple[object, ...]
_MOST, _MOST_PARTS, _DEPTH = 4096, 32, 60
# What hands on all that it is given, and shows how far it is.
_SHOW = ("tqdm", "track", "progress")
_CUT_SHORT = frozenset(["islice", "zip"])
_CALLERS = 3


def flags_around(frame: FrameType | None) -> dict[Part, frozenset[float]]:
    """For each part of the item of the innermost ``for`` around a call that may be flags, the numbers in it.

    Args:
        frame: Where the model is called, or what is called from there.
    """
    frame = _users(frame)
    names = _targets(frame.f_code, frame.f_lineno or 0) if frame is not None else ()
    if frame is None or not names:
        return {}
    known = frame.f_locals
    with torch._C.DisableTorchFunction():
        parts = {part: value for name in names if name in known for part, value in _parts(name, known[name])}
        flags = {part: _flags(value) for part, value in parts.items()}
    return {part: values for part, values in flags.items() if values is not None}


def sizes_around(frame: FrameType | None) -> tuple[int, int] | None:
    """How many items the batches hold that the innermost ``for`` around a call gets from a loader, and its last one.

    A loop that passes over a batch, or ends before the last one, says nothing of it.

    Args:
        frame: Where the model is called, or what is called from there.
    """
    frame = _users(frame)
    loop = _loop(frame.f_code, frame.f_lineno or 0) if frame is not None else None
    given = _goes_over(loop.iter) if loop is not None and _takes_all(loop) else None
    if frame is None or not isinstance(given, ast.Name):
        return None
    loader = frame.f_locals.get(given.id, frame.f_globals.get(given.id))
    sampler = getattr(loader, "batch_sampler", None) if issubclass(type(loader), DataLoader) else None
    rest = rest_of(sampler)
    return (sampler.batch_size, rest) if isinstance(sampler, BatchSampler) and rest is not None else None


def may_end_early(frame: FrameType | None) -> bool:
    """Whether the innermost ``for`` around a call that goes over batches may leave out some of them.

    Args:
        frame: Where the model is called, or what is called from there.
    """
    for each in user_frames(frame, _CALLERS):
        loop = _loop(each.f_code, each.f_lineno or 0)
        given = _goes_over(loop.iter) if loop is not None else None
        name = ast.unparse(given.func).split(".")[-1] if isinstance(given, ast.Call) else ""
        if loop is not None and name != "range":
            return name in _CUT_SHORT or not _takes_all(loop)
    return False


def _goes_over(given: ast.expr) -> ast.expr:
    """What stands in ``enumerate(loader)`` or ``tqdm(loader)``: ``islice`` and ``zip`` may end before it does."""
    while isinstance(given, ast.Call) and given.args:
        name = ast.unparse(given.func).split(".")[-1].lower()
        if name != "enumerate" and (len(given.args) > 1 or not any(word in name for word in _SHOW)):
            break
        given = given.args[0]
    return given


@lru_cache(maxsize=64)
def _takes_all(loop: ast.For) -> bool:
    inner = (item for statement in loop.body for item in ast.walk(statement))
    return not any(isinstance(item, ast.Break | ast.Continue | ast.Return) for item in inner)


def _users(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the user's own."""
    for _ in range(_DEPTH):
        if frame is None or is_users(frame.f_code):
            break
        frame = frame.f_back
    return frame


def _targets(code: CodeType, line: int) -> tuple[str, ...]:
    loop = _loop(code, line)
    return tuple(item.id for item in ast.walk(loop.target) if isinstance(item, ast.Name)) if loop is not None else ()


@lru_cache(maxsize=64)
def _loop(code: CodeType, line: int) -> ast.For | None:
    """The innermost ``for`` around a line."""
    loops = loops_of_line(source_of(code.co_filename), line)
    return next((item for item in loops if isinstance(item, ast.For)), None)


def _parts(name: str, value: Any) -> Iterator[tuple[Part, object]]:
    yield (name,), value
    kind = type(value)
    if issubclass(kind, tuple | list) and len(value) <= _MOST_PARTS:
        for at, part in enumerate(value):
            yield (name, at, len(value)), part
    if issubclass(kind, dict):
        for key in [*value][:_MOST_PARTS]:
            yield (name, "key", key), value[key]
    fields = getattr(kind, "__dataclass_fields__", getattr(kind, "_fields", ()))
    for field in fields if isinstance(fields, dict | tuple) else ():
        held = kept_by(value).get(field) if kind.__dictoffset__ else getattr(value, field, None)
        yield (name, "attribute", field), held


def _flags(value: Any) -> frozenset[float] | None:
    """The numbers of flags, one or two of them; of a list of rows, that it names some and others not."""
    kind = type(value)
    if issubclass(kind, Tensor):
        try:
            found = value.reshape(-1).tolist() if value.numel() <= _MOST and not value.is_complex() else None
        except (RuntimeError, NotImplementedError):
            return None
        found = _named(found) if found is not None and value.ndim == 1 else found
    elif issubclass(kind, bool | int | float):
        found = [value]
    elif kind is list and len(value) <= _MOST and all(issubclass(type(one), bool | int | float) for one in value):
        found = _named(value)
    else:
        found = None
    values = frozenset(map(float, found)) if found is not None else frozenset()
    return values if 1 <= len(values) <= 2 else None


def _named(value: list[Any]) -> list[Any]:
    """Flags as they are; of a list of rows, each of them once, that some are named and others not."""
    is_of_rows = len({*value}) == len(value) and all(type(one) is int for one in value) and {*value} - {0, 1}
    return [0, 1] if is_of_rows else value or [0]
