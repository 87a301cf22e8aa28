"""What a module is called with by name: torch tells a hook that hears every module nothing of that."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType

from torch import Tensor

# The guard of the hook, and what torch calls around it.
_FRAMES = 4


def keywords(frame: FrameType | None) -> Iterator[tuple[str, Tensor]]:
    """The tensors that the call around a hook was given by name, each with its name."""
    for _ in range(_FRAMES):
        if frame is None:
            return
        if frame.f_code.co_filename.endswith("torch/nn/modules/module.py"):
            given = frame.f_locals.get("kwargs")
            if isinstance(given, dict):
                yield from ((name, item) for name, item in given.items() if isinstance(item, Tensor))
                return
        frame = frame.f_back
