"""Reads a list of tensors or arrays that could not be put together: along which axis they differ, how it was filled."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation, Span, Value
from shapecheck.reading.failing import Shape, failed, kind, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, last_name, walk

_TOGETHER = ("hstack", "vstack", "concatenate", "concat", "cat", "stack", "array", "asarray")
_REFUSED = (
    r"all the input array dimensions except for the concatenation axis must match",
    r"all input arrays must have the same shape",
    r"inhomogeneous shape",
    r"[Ss]izes of tensors must match",
    r"expects each tensor to be equal size",
)
# As many of a list are looked at.
_SEEN = 8


@dataclass(frozen=True, slots=True)
class JoinedList:
    """What could not be put together.

    Args:
        operation: The call.
        place: The call in the source.
        name: Its last name.
        given: The list.
        shapes: The shapes of its items, as far as they were looked at.
        axis: The only axis along which they differ.
        by_batches: Whether the list was filled batch by batch.
    """

    operation: Operation
    place: Span
    name: str
    given: Span
    shapes: tuple[Shape, ...]
    axis: int
    by_batches: bool

    @property
    def ends_short(self) -> bool:
        """Whether they are batches of samples, the last of which is smaller than all others."""
        return self.by_batches and self.looks_short

    @property
    def looks_short(self) -> bool:
        """Whether all items but the last are as long as each other, and that one is not longer."""
        sizes = [each[0] for each in self.shapes]
        return self.axis == 0 and len({*sizes[:-1]}) < 2 and sizes[-1] <= sizes[0]


def joined_list(evidence: Evidence) -> JoinedList | None:
    """A list whose items differ along one axis alone, where they could not be put together; None if it is not so."""
    operation = failed(evidence, *_TOGETHER)
    if operation is None or operation.span is None or says(evidence, *_REFUSED) is None:
        return None
    item = next((each for each in operation.arguments if each.value.kind in ("list", "tuple")), None)
    if item is None or item.span is None or not item.value.items:
        return None
    shapes = tuple(_shape(each) for each in item.value.items)
    counts = {len(sizes) for sizes in shapes}
    by_batches = is_filled_by_batches(evidence, item.span)
    if len(counts) != 1 or () in shapes:
        return None
    axes = [axis for axis in range(counts.pop()) if len({sizes[axis] for sizes in shapes}) > 1]
    if not axes and len(shapes) == _SEEN and (by_batches or _is_filled(item.span, _begins)):
        # The last one was not looked at.
        axes = [0]
    if len(axes) != 1:
        return None
    return JoinedList(operation, operation.span, kind(operation), item.span, shapes, axes[0], by_batches)


def _shape(value: Value) -> Shape:
    return value.record.shape if value.record is not None and value.kind in ("tensor", "array") else ()


def is_filled_by_batches(evidence: Evidence, span: Span) -> bool:
    """Whether a list is appended to in a loop over a loader, over the parts of something split, or over slices."""
    return _is_filled(span, lambda source, loop: _cuts(source, loop) or _loads(evidence, source, loop))


def _is_filled(span: Span, asked: Callable[[Source, ast.For], bool]) -> bool:
    """Whether a list is appended to in a loop of which something is so."""
    source, node = found_at(span)
    if source is None or not isinstance(node, ast.Name | ast.Attribute):
        return False
    home = function_around(node) or source.tree
    loops = [each for each in walk(home) if isinstance(each, ast.For)]
    filling = [loop for loop in loops if any(appends(each, span.text) for each in walk(loop))]
    # The innermost: around it may stand one over epochs.
    return bool(filling) and asked(source, filling[-1])


def _loads(evidence: Evidence, source: Source, loop: ast.For) -> bool:
    return any(_is_loader(each) for each in _iterated(evidence, source.span(loop.iter)))


def _begins(_: Source, loop: ast.For) -> bool:
    """Whether each round takes a slice that begins where the loop is: the last ones may run beyond the end."""
    lowers = [each.lower for each in walk(loop) if isinstance(each, ast.Slice) and each.lower is not None]
    return any(ast.unparse(each) == ast.unparse(loop.target) for each in lowers)


def _cuts(source: Source, loop: ast.For) -> bool:
    """Whether each round gives the next few samples to a model: ``for i in range(0, n, many): net(x[i : i + many])``.

    Slices that nothing else is done with may be windows of a series, and those that overlap are.
    """
    given = loop.iter.args if isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "range" else []
    if len(given) != 3:
        return False
    first, many = ast.unparse(loop.target), ast.unparse(given[2])
    cuts = [(each.lower, each.upper) for each in walk(loop) if isinstance(each, ast.Slice)]
    ends = [ast.unparse(end) for begin, end in cuts if begin and end and ast.unparse(begin) == first]
    is_next = any(f"{first} + {many}" in text or f"{many} + {first}" in text for text in ends)
    functions = {each.name for each in source.functions}
    return is_next and any(isinstance(each, ast.Call) and _is_model(each.func, functions) for each in walk(loop))


def _is_model(callee: ast.expr, functions: set[str]) -> bool:
    """Whether what is called is the script's, and no function: ``net`` or ``self.net``."""
    if isinstance(callee, ast.Attribute):
        return ast.unparse(callee.value) == "self" and callee.attr not in {"append", *functions}
    return isinstance(callee, ast.Name) and callee.id not in functions and not hasattr(builtins, callee.id)


def appends(node: ast.AST, name: str) -> bool:
    """Whether a node is a call that puts something behind the rest of a list of this name."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr == "append" and ast.unparse(called.value) == name


def _iterated(evidence: Evidence, span: Span) -> Iterator[str]:
    yield span.text
    inner, node = found_at(span)
    if inner is not None and isinstance(node, ast.Call) and last_name(node.func) in ("enumerate", "tqdm", "zip"):
        for each in node.args:
            yield from _iterated(evidence, inner.span(each))
    yield from (each.span.text for each in trace(evidence, span, parts=True))


def _is_loader(text: str) -> bool:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return False
    if not isinstance(node, ast.Call):
        return False
    # A text is split as well.
    is_split = (
        last_name(node.func) == "split" and node.args and not isinstance(getattr(node.args[0], "value", None), str)
    )
    return last_name(node.func) == "DataLoader" or bool(is_split)
