"""Which one item of which axis an operation takes, where it takes the rest whole."""

from __future__ import annotations

from shapecheck.capture.recording.tape import Node


def one_item(node: Node) -> tuple[int, int] | None:
    """The axis and the item of ``x.select(axis, item)`` and ``x[:, item]``; None where anything else is taken."""
    found = None
    if node.name == "select":
        given = [value for value in node.args[1:] if type(value) is int]
        found = (given[0], given[1]) if len(given) == 2 else None
    elif node.name == "__getitem__" and len(node.args) > 1:
        found = item_of_index(node.args[1])
    # What is left has lost the axis.
    return (found[0] % (len(node.shapes[0]) + 1), found[1]) if found is not None else None


def one_step(node: Node, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """The same, counted from the front, also of a slice that holds one item, as in ``x[:, 2:3]``."""
    found = one_item(node)
    if node.name == "narrow" and len(node.args) == 4 and all(type(value) is int for value in node.args[1:]):
        found = (node.args[1], node.args[2]) if node.args[3] == 1 else None
    elif node.name == "__getitem__" and len(node.args) > 1 and found is None:
        parts = node.index_parts
        cut = [(axis, part) for axis, part in enumerate(parts) if part != slice(None)]
        only = cut[0][1] if len(cut) == 1 else None
        is_whole = isinstance(only, slice) and only.step in (None, 1)
        if isinstance(only, slice) and is_whole and type(only.start) is type(only.stop) is int:
            found = (cut[0][0], only.start) if only.stop == only.start + 1 else None
    if found is None:
        return None
    axis = found[0] % len(shape)
    return axis, found[1] % shape[axis]


def cut_to_one(node: Node, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """The axis and the item where a slice leaves one item of one axis and others whole: ``x[:1]``, ``x[:, 2:3]``."""
    if node.name != "__getitem__" or len(node.args) < 2:
        return None
    cut = [(axis, part) for axis, part in enumerate(node.index_parts) if part != slice(None)]
    is_slice = len(cut) == 1 and len(node.shapes[0]) == len(shape) and isinstance(cut[0][1], slice)
    if not is_slice or not all(type(end) is int or end is None for end in (cut[0][1].start, cut[0][1].stop)):
        return None
    axis, part = cut[0]
    items = range(shape[axis])[part]
    return (axis, items[0]) if len(items) == 1 < shape[axis] else None


def item_of_index(index: object) -> tuple[int, int] | None:
    """The axis and the item that an index picks, if it picks one item of one axis and leaves the others whole.

    Behind an ellipsis, as in ``x[..., 0, :]``, axes are counted from the back.
    """
    parts = index if isinstance(index, tuple) else (index,)
    numbers = [(axis, part) for axis, part in enumerate(parts) if type(part) is int]
    dots = [axis for axis, part in enumerate(parts) if part is ...]
    is_plain = all(type(part) is int or part is ... or part == slice(None) for part in parts)
    if len(numbers) != 1 or not is_plain or len(dots) > 1:
        return None
    axis, item = numbers[0]
    return (axis - len(parts) if dots and dots[0] < axis else axis, item)
