"""Whether a loader's own collate function of the user's runs, and how many samples it was given."""

from __future__ import annotations

from types import FrameType


def size_of_own_collate(frame: FrameType | None) -> int:
    """How many items a loader handed to the user's own collate function, if that is what runs; else 0."""
    for _ in range(8):
        if frame is None or frame.f_code.co_name in ("__getitem__", "__getitems__", "__next__"):
            return 0
        if frame.f_code.co_filename.endswith("torch/utils/data/_utils/fetch.py"):
            drawn = frame.f_locals.get("possibly_batched_index")
            return len(drawn) if isinstance(drawn, list | tuple) else 0
        frame = frame.f_back
    return 0
