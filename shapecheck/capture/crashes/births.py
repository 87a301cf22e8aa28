"""Where the layers of a script were made: the functions that were running then, and how far each of them was.

A layer that a function makes, a loop or a class of several layers, is written once and made often; only when it is made
is it known by which calls. Nothing is read then but which instruction each function was at.
"""

from __future__ import annotations

import sys
import weakref
from itertools import islice
from types import CodeType, FrameType
from typing import Any

from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook

MAX_LAYERS = 20_000
MAX_FRAMES = 40
Place = tuple[CodeType, int]

_births: dict[int, tuple[weakref.ref[nn.Module], tuple[Place, ...]]] = {}


def record_births() -> Any:
    """Begin to note where layers are made; what is given back has a method ``remove`` that ends it."""
    _births.clear()
    return register_module_parameter_registration_hook(_note)


def _note(module: nn.Module, name: str, parameter: object) -> None:
    if not type(module).__module__.startswith("torch.nn.modules") or len(_births) > MAX_LAYERS:
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "") != type(module).__module__:
        frame = frame.f_back
    # A recurrent layer keeps its weights by a method of its own.
    while frame is not None and frame.f_code.co_name == "__setattr__":
        frame = frame.f_back
    if frame is None or frame.f_globals.get("__name__", "") != type(module).__module__:
        return
    if frame.f_code.co_name not in ("__init__", "_init_parameters"):
        # A weight that is put into a layer later on does not make it.
        return
    places: list[Place] = []
    while frame is not None and len(places) < MAX_FRAMES:
        places.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    _births[id(module)] = weakref.ref(module), tuple(places)


def lines_of_birth(module: nn.Module) -> set[tuple[str, str, int]]:
    """The lines that were running when a module, or the first layer in it, was made: file, function and line."""
    places = next((found for each in module.modules() if (found := birth_of(each))), ())
    lines = ((code, next(islice(code.co_positions(), last // 2, None), (None,))[0]) for code, last in places)
    return {(code.co_filename, code.co_name, line) for code, line in lines if line is not None}


def birth_of(module: object) -> tuple[Place, ...]:
    """The functions that were running when a layer was made, from the inside out; () if nobody noted it."""
    known = _births.get(id(module))
    return known[1] if known is not None and known[0]() is module else ()
