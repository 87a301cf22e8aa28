"""Where numbers of an evaluation leave torch, for numpy or for lists, and the frames in which they go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from shapecheck.capture.recording.user_code import Spot, user_frames, user_spot

if TYPE_CHECKING:
    from shapecheck.capture.recording.tape import Ref

_TABLES = ("numpy", "tolist", "__array__")
# A metric is mostly asked in the function that called the one which collects, or in that one.
_CALLERS = 3
_MOST = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """A tensor that became numbers of somebody else's.

    Args:
        ref: The tensor.
        at: How long the tape was then.
        spot: Where.
        frames: The frames of that, innermost first; what lies in them is looked up once the evaluation is over.
    """

    ref: Ref
    at: int
    spot: Spot
    frames: tuple[FrameType, ...]


class Leavings:
    """The tensors that left torch while a model was measured; nothing is kept of other times."""

    def __init__(self) -> None:
        self._found: list[Leaving] = []
        self._frames: dict[CodeType, tuple[FrameType, ...]] = {}
        self.is_open = False

    def __iter__(self) -> Iterator[Leaving]:
        return iter(self._found)

    def add(self, name: str, ref: Ref, ndim: int, at: int, frame: FrameType | None) -> None:
        """A tensor leaves."""
        if not self.is_open or name not in _TABLES or not ndim or len(self._found) >= _MOST:
            return
        spot = user_spot(frame, _CALLERS)
        if spot is not None:
            # One stack for each place is enough: of frames that are held nothing is let go.
            frames = self._frames.setdefault(spot.code, tuple(user_frames(frame, _CALLERS + 1)))
            self._found.append(Leaving(ref, at, spot, frames))

    def forget(self) -> None:
        """Let go of all of it."""
        self._found.clear()
        self._frames.clear()
        self.is_open = False
