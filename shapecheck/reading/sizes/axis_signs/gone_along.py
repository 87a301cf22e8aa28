"""What goes along an axis of the tensor: a loop that counts up to it, an index of all its positions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.edits import takes_all
from shapecheck.reading.sizes.axis_signs.use import Use
from shapecheck.reading.sources import home_around, is_named, items_of, last_name, names_in, parents, walk

_POSITIONS = ("arange", "randperm", "randint")


def of_loop(use: Use) -> Iterator[int]:
    """The axis along which a loop goes that counts up to it: ``for t in range(x)`` and ``x[:, t]``."""
    for up in parents(use.node):
        if isinstance(up, ast.stmt) and not isinstance(up, ast.For):
            comprehended = [each for each in parents(use.node) if isinstance(each, ast.comprehension)]
            up = comprehended[0] if comprehended else up
        if isinstance(up, ast.For | ast.comprehension) and use.node in walk(up.iter):
            if isinstance(up.iter, ast.Call) and last_name(up.iter.func) == "range" and isinstance(up.target, ast.Name):
                taken = (_taken(each, up.target.id, ast.unparse(use.node)) for each in _body(up))
                yield from dict.fromkeys(axis for axis in taken if axis is not None)
            return


def of_index(use: Use) -> Iterator[int]:
    """The axis that an index of its positions is for: ``scores[torch.arange(scores), labels]``, ``x[:, order]``."""
    call, count = use.call, len(use.one.sizes)
    if call is None or last_name(call.func) not in _POSITIONS:
        return
    found: set[int] = set()
    for place in (call, *use.readings()):
        inside: ast.AST = place
        for up in parents(place):
            if isinstance(up, ast.stmt):
                break
            if isinstance(up, ast.Subscript) and inside is not up.value:
                at = next((at for at, each in enumerate(items_of(up.slice)) if each is inside), count)
                sizes = use.shape(up.value)
                is_its = use.is_it(up.value) or use.one.sizes[at : at + 1] == sizes[at : at + 1] != ()
                found |= {at} if is_its and at < count else set()
                break
            inside = up if not isinstance(up, ast.Tuple) else inside
    yield from found


def steps_axis(place: ast.expr) -> int | None:
    """The axis that the function goes along step by step: 1 where it takes ``x[:, t]``, 0 where it takes ``x[t]``."""
    text, found = ast.unparse(place), set[int]()
    for loop in walk(home_around(place)):
        if isinstance(loop, ast.For | ast.comprehension):
            if ast.unparse(loop.iter) == text:
                found.add(0)
            names = names_in(loop.target)
            for each in _body(loop):
                if isinstance(each, ast.Subscript) and ast.unparse(each.value) == text:
                    found |= {axis for name in names if (axis := _taken(each, name, text)) is not None}
    return found.pop() if len(found) == 1 else None


def _body(loop: ast.For | ast.comprehension) -> tuple[ast.AST, ...]:
    """All that is done in the rounds of a loop."""
    return walk(loop if isinstance(loop, ast.For) else getattr(loop, "parent", None))


def _taken(node: ast.AST, name: str, text: str) -> int | None:
    """The axis of which an index takes what a loop counts: 1 in ``x[:, t]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return None
    for axis, part in enumerate(items_of(node.slice)):
        if not takes_all(part):
            reads = any(is_named(each, name) for each in walk(part))
            # A list of what there is for each step says nothing of the axes of a tensor.
            return axis if reads and (axis or ast.unparse(node.value) == text) else None
    return None
