"""The lengths of sequences as they are held: how many there are, and which names hold one for each row."""

from __future__ import annotations

from shapecheck.evidence import Argument, Frame, Value


def lengths_counted(lengths: Argument | None) -> int | None:
    """How many lengths there are, in a row or a list; None where nothing tells."""
    return _count(lengths.value) if lengths is not None else None


def lengths_held(frame: Frame, rows: int) -> dict[str, int]:
    """The names that hold a length for each of so many rows, none of them zero, and the longest of each."""
    held = {name: each for name, each in frame.names.items() if name.isidentifier() and _count(each) == rows}
    return {name: longest for name, each in held.items() if (longest := _longest(each))}


def _count(value: Value) -> int | None:
    if value.record is not None:
        return value.record.shape[0] if len(value.record.shape) == 1 else None
    count = value.facts.get("len")
    return int(count) if count is not None else None


def _longest(value: Value) -> int:
    """The largest of numbers that are whole and above zero; 0 of others."""
    is_whole = value.record is None or value.record.dtype.startswith("int")
    least, most = value.facts.get("min", 0.0), value.facts.get("max", 0.0)
    return int(most) if is_whole and least >= 1 and most.is_integer() else 0
