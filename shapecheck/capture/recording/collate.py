"""Which rows of a data set a loader put into a batch, and where the loader was made."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, default_collate

from shapecheck.capture.recording.placed import places, told
from shapecheck.capture.recording.replaced import Replaced
from shapecheck.capture.recording.user_code import Spot, user_spot

# `_after`, `_safely` and `__torch_function__` of the recorder stand between, and `collate` calls itself.
_FRAMES = 12
_CALLERS = 4


@dataclass(frozen=True, slots=True)
class Draw:
    """What a loader drew for a batch.

    Args:
        rows: Numbers of the items of the data set, in the order of the batch.
        data: Stands for the data set.
        loader: Where the loader was made, if that was seen.
        rest: How many items the loader's last batch holds, if that is known.
        places: For each row of what was put together of them which of the items it is; None where that is not certain.
        told: The numbers that all items hold at one place, such as their labels.
    """

    rows: tuple[int, ...]
    data: int
    loader: Spot | None
    rest: int | None = None
    places: tuple[int, ...] | None = None
    told: tuple[tuple[float, ...], ...] = ()


class Loaders:
    """Remembers where the loaders of a script are made."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Any, Spot] = weakref.WeakKeyDictionary()
        self._sets: dict[int, tuple[Any, int]] = {}
        self._count = 0
        self._batch: tuple[Any, tuple[int, ...]] = None, ()
        self._replaced = Replaced()

    def start(self) -> None:
        """Begin to look at what is made."""
        self._replaced.put(DataLoader, "__init__", self._noted)

    def forget(self) -> None:
        """Put back what was there."""
        self._replaced.put_back()

    def _noted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        made = self._made

        def init(loader: Any, *args: Any, **kwargs: Any) -> None:
            original(loader, *args, **kwargs)
            # A plain list may say what is drawn, and cannot be remembered.
            with suppress(Exception):
                spot = user_spot(sys._getframe(1), _CALLERS)
                if spot is not None:
                    made[loader._index_sampler] = spot

        return init

    def draw_of(self, frame: FrameType | None, args: Any) -> Draw | None:
        """What a loader drew for the batch that is put together right now, if one is.

        Args:
            frame: Where that happens.
            args: What is put together.
        """
        fetch = _fetching(frame)
        drawn = fetch.f_locals.get("possibly_batched_index") if fetch is not None else None
        if fetch is None or not isinstance(drawn, list | tuple) or not all(type(row) is int for row in drawn):
            return None
        outer = fetch.f_back.f_locals.get("self") if fetch.f_back is not None else None
        sampler = getattr(outer, "_index_sampler", None)
        try:
            loader = self._made.get(sampler)
        except TypeError:
            loader = None
        data = self._number(getattr(fetch.f_locals.get("self"), "dataset", None))
        items = fetch.f_locals.get("data")
        if not isinstance(items, list) or len(items) != len(drawn):
            return Draw(tuple(drawn), data, loader, rest_of(sampler))
        items = self._as_drawn(drawn, items)
        given = args[0] if args else None
        return Draw(tuple(drawn), data, loader, rest_of(sampler), places(given, items), told(items))

    def _as_drawn(self, drawn: Any, items: list[Any]) -> list[Any]:
        """The items in the order that they had when something was first made of them; they may be sorted in place."""
        if self._batch[0] is not drawn:
            self._batch = drawn, tuple(map(id, items))
        known = {id(item): item for item in items}
        return [known[key] for key in self._batch[1]] if known.keys() == {*self._batch[1]} else items

    def _number(self, data: Any) -> int:
        """What a data set is called; another one may later live at the same address."""
        known = self._sets.get(id(data))
        if known is None or (known[0] is not None and known[0]() is not data):
            try:
                alive: Any = weakref.ref(data)
            except TypeError:
                alive = None
            self._count += 1
            known = self._sets[id(data)] = (alive, self._count)
        return known[1]


def size_of_own_collate(frame: FrameType | None) -> int:
    """How many items a loader handed to the user's own collate function, if that is what runs; else 0."""
    fetch = _fetching(frame)
    drawn = fetch.f_locals.get("possibly_batched_index") if fetch is not None else None
    return len(drawn) if isinstance(drawn, list | tuple) else 0


def is_stacked_by_worker(frame: FrameType | None) -> bool:
    """Whether a tensor comes from a worker of a loader right now, which stacked it as torch does by itself."""
    for _ in range(_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_name == "_try_get_data" and frame.f_code.co_filename.endswith(
            "torch/utils/data/dataloader.py"
        ):
            loader = frame.f_locals.get("self")
            return bool(
                getattr(loader, "_auto_collation", False) and getattr(loader, "_collate_fn", None) is default_collate
            )
        frame = frame.f_back
    return False


def files_around(frame: FrameType | None) -> Iterator[str]:
    """The files of a frame and of the next ones around it."""
    for _ in range(8):
        if frame is None:
            return
        yield frame.f_code.co_filename
        frame = frame.f_back


def rest_of(sampler: object) -> int | None:
    """How many items are left for the last batch, where torch's own sampler makes the batches."""
    if type(sampler) is not BatchSampler or not isinstance(sampler.sampler, SequentialSampler | RandomSampler):
        return None
    return (len(sampler.sampler) % sampler.batch_size or sampler.batch_size) if not sampler.drop_last else None


def _fetching(frame: FrameType | None) -> FrameType | None:
    """The frame of a loader that hands items to a collate function, if such a function runs."""
    for _ in range(_FRAMES):
        if frame is None or frame.f_code.co_name in ("__getitem__", "__getitems__", "__next__"):
            return None
        if frame.f_code.co_filename.endswith("torch/utils/data/_utils/fetch.py"):
            return frame
        frame = frame.f_back
    return None
