"""Which one item of which axis an operation takes, where it takes the rest whole."""

from __future__ import annotations

from shapecheck.capture.recording.tape import Node


def one_item(node: Node) -> tuple[int, int] | None:
    """The axis and the item of ``x.select(axis, item)`` and ``x[:, item]``; None where anything else is taken."""
    if node.name == "select":
        given = [value for value in node.args[1:] if type(value) is int]
        return (given[0], given[1]) if len(given) == 2 else None
    return item_of_index(node.args[1]) if node.name == "__getitem__" and len(node.args) > 1 else None


def item_of_index(index: object) -> tuple[int, int] | None:
    """The axis and the item that an index picks, if it picks one item of one axis and leaves the others whole."""
    parts = index if isinstance(index, tuple) else (index,)
    numbers = [(axis, part) for axis, part in enumerate(parts) if type(part) is int]
    is_plain = all(type(part) is int or part == slice(None) for part in parts)
    return numbers[0] if len(numbers) == 1 and is_plain else None
