"""Reads the tensors that stand where one of their sizes is counted: ``torch.zeros(1, x, hidden)``, ``pe[:, :x]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.definitions import parameters_given
from shapecheck.reading.failing import Shape, failed, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, function_around, items_of, last_name, parents, walk
from shapecheck.reading.vocabulary import MADE_NEW, MADE_OF_SIZES
from shapecheck.reading.ways_back import spans_behind

_REFUSED = (
    r"type must be tuple of ints, ?but got (?:Tensor|torch\.Size)",
    r"found element of type (?:Tensor|torch\.Size)",
    r"must be (?:int|Number|tuple of ints), not (?:Tensor|torch\.Size)",
    r"must be (?:int|Number|tuple of ints), but found element of type (?:Tensor|torch\.Size)",
    r"got \([^)]*(?:Tensor|torch\.Size)[^)]*\), but expected one of",
    r"takes 1 positional argument but \d+ were given",
    r"only integer tensors of a single element can be converted to an index",
    r"'torch\.Size' object cannot be interpreted as an integer",
    r"slice indices must be integers",
    r"Boolean value of Tensor with more than one value is ambiguous",
    r"takes an iterable of 'int'",
    r"too many values to unpack",
)
# What is told sizes, or counts by what it is given.
_COUNTS = (
    *(*MADE_OF_SIZES, *MADE_NEW, "randint", "arange", "linspace", "eye", "randperm", "range"),
    *("view", "reshape", "expand", "repeat", "unflatten"),
    *("max_pool1d", "avg_pool1d", "tril_indices", "triu_indices", "min", "max"),
    *("sample", "rsample"),
)
# What takes a whole shape in one.
_SHAPED = ("view", "reshape", "expand")
# What gives numbers, and takes them.
_NUMBERS = ("min", "max", "int", "print")
_ASKS = ("size", "shape", "dim", "ndim", "numel", "device", "dtype")


@dataclass(frozen=True, slots=True)
class TensorAsSize:
    """A tensor where one of its sizes is wanted.

    Args:
        use: Where it is counted by: the expression in the operation that was refused.
        place: Where the size was to be asked for: there, or where the tensor was given the name of a number.
        text: How the tensor is called there.
        sizes: Its shape.
        by_shape: Whether all of its sizes stand there already: ``x.shape``.
        dtype: What its numbers are.
        of_all: Whether all sizes are wanted at once, as ``n, steps, _ = x`` wants them.
    """

    use: Span
    place: Span
    text: str
    sizes: Shape
    by_shape: bool = False
    dtype: str = ""
    of_all: bool = False

    def asked(self, axis: int) -> str:
        """How to ask for one of the sizes there."""
        if self.of_all:
            return f"{self.text}.size()"
        if self.by_shape:
            return f"{self.place.text}[{axis}]"
        return f"{self.text}.size({axis})"


def tensors_as_sizes(evidence: Evidence) -> tuple[TensorAsSize, ...]:
    """The tensors of many numbers by which the operation that was refused would count."""
    operation = failed(evidence)
    if operation is None or operation.span is None or not says(evidence, *_REFUSED):
        return ()
    whole = _all_of_it(evidence, operation)
    if whole is not None or operation.name == "unpack":
        return (whole,) if whole is not None else ()
    found: dict[Span, TensorAsSize] = {}
    for span in _counted(evidence, operation):
        source, node = found_at(span)
        for each in _names(node) if source is not None and node is not None else ():
            if source is None:
                continue
            one = _read(evidence, source, each)
            if one is not None:
                found.setdefault(one.place, one)
    return tuple(found.values())


def _all_of_it(evidence: Evidence, operation: Operation) -> TensorAsSize | None:
    """A tensor in the place of its whole shape: taken apart into a name for each axis, or all that a view is told."""
    given = [item for item in operation.arguments if item.role != "self"]
    source, node = found_at(given[0].span) if len(given) == 1 else (None, None)
    if source is None or not isinstance(node, ast.Name | ast.Attribute):
        return None
    held = held_around(evidence, source, node).get(source.span(node).text)
    sizes, span = sizes_of(held), source.span(node)
    up = getattr(node, "parent", None)
    target = up.targets[0] if operation.name == "unpack" and isinstance(up, ast.Assign) else None
    # One of its axes may be what is to be taken apart.
    is_apart = isinstance(target, ast.Tuple) and len(target.elts) == len(sizes) > 1 and len(sizes) not in sizes
    is_told = operation.name.rpartition(".")[2] in _SHAPED and len(sizes) > 1
    return TensorAsSize(span, span, span.text, sizes, of_all=True) if is_apart or is_told else None


def _counted(evidence: Evidence, operation: Operation) -> Iterator[Span]:
    """The expressions by which an operation counts."""
    kind = operation.name.rpartition(".")[2]
    if kind == "__getitem__":
        item = operation.argument("index")
        source, node = found_at(operation.span)
        index = node.slice if isinstance(node, ast.Subscript) else None
        parts = items_of(index)
        for part in parts if item is not None and source is not None else ():
            for bound in (part.lower, part.upper) if isinstance(part, ast.Slice) else ():
                if bound is not None and source is not None:
                    yield source.span(bound)
        return
    if kind in ("min", "max") and not _is_read_as_count(operation):
        return
    # What is pooled stands in front of what is counted.
    for item in operation.arguments["pool" in kind :] if kind in _COUNTS else ():
        if item.span is not None and item.role != "self" and item.value.kind in ("tensor", "tuple", "list"):
            yield item.span
            # Sizes that were put together under a name.
            behind = [each for each in spans_behind(evidence, item.span) if each != item.span]
            yield from (each for each in behind[:1] if item.value.kind == "tuple" and each.text.startswith("("))


def _names(node: ast.expr) -> Iterator[ast.expr]:
    """The names in an expression that stand for all of a value: of ``x.size(1) - k`` the latter alone."""
    if isinstance(node, ast.Name) or _is_shape(node):
        yield node
    elif isinstance(node, ast.Attribute):
        if node.attr not in _ASKS:
            yield node
    elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.Tuple | ast.List):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _names(child)


def _is_shape(node: ast.expr) -> bool:
    asked = node.func if isinstance(node, ast.Call) and not node.args else node
    return isinstance(asked, ast.Attribute) and asked.attr == ("size" if isinstance(node, ast.Call) else "shape")


def _read(evidence: Evidence, source: Source, node: ast.expr) -> TensorAsSize | None:
    use = source.span(node)
    if _is_shape(node):
        asked = node.func if isinstance(node, ast.Call) else node
        base = asked.value if isinstance(asked, ast.Attribute) else node
        sizes = sizes_of(held_around(evidence, source, base).get(source.span(base).text))
        return TensorAsSize(use, use, source.span(base).text, sizes, by_shape=True) if sizes else None
    held = held_around(evidence, source, node).get(use.text)
    sizes = sizes_of(held)
    if held is None or held.record is None or not sizes or prod(sizes) == 1:
        return None
    place = _place(evidence, source, node)
    return TensorAsSize(use, place, place.text, sizes, dtype=held.record.dtype)


def _place(evidence: Evidence, source: Source, node: ast.expr) -> Span:
    """Where a tensor was handed on as a number, ``n = x`` or ``states(x)``, as far as the name serves for nothing else.

    A name that is read as a tensor as well is one: the size is to be asked where it is counted by.
    """
    while isinstance(node, ast.Name) and not _is_read_as_tensor(source, node):
        behind = evidence.chains.get(source.span(node), ())
        where, given = found_at(behind[0].span) if behind else (None, None)
        line = getattr(given, "parent", None)
        if where is None or (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple)):
            break
        parts = list(_names(given)) if isinstance(given, ast.BinOp | ast.Name | ast.Attribute) else []
        parts = [each for each in parts if sizes_of(held_around(evidence, where, each).get(ast.unparse(each)))]
        if len(parts) != 1:
            break
        source, node = where, parts[0]
    return source.span(node)


def _is_read_as_tensor(source: Source, node: ast.Name) -> bool:
    """Whether a function reads a name for anything but a number to count by."""
    home = function_around(node) or source.tree
    reads = (each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    return any(each.id == node.id and each is not node and not _is_counted(source, each) for each in reads)


def _is_counted(source: Source, node: ast.expr) -> bool:
    """Whether what reads a name there counts by it, or hands it on to what does."""
    inside: ast.AST = node
    for up in parents(node):
        if isinstance(up, ast.Call):
            name = last_name(up.func)
            return inside is not up.func and (name in (*_COUNTS, *_NUMBERS) or _is_told_number(source, up, node))
        if isinstance(up, ast.Attribute | ast.Subscript | ast.stmt):
            return isinstance(up, ast.Assign) and inside is node
        if isinstance(up, ast.Slice) or (isinstance(up, ast.BinOp) and _is_division(up, inside)):
            return True
        inside = up
    return False


def _is_read_as_count(operation: Operation) -> bool:
    """Whether something counts by the smaller, or the larger, of two: of two tensors it is that of each two numbers."""
    source, call = found_at(operation.span)
    if source is None or not isinstance(call, ast.Call) or len(list(_tensors(operation))) != 1:
        return False
    if any(item.value.kind == "number" and "." in item.value.text for item in operation.arguments):
        # Nothing is counted in parts.
        return False
    line = getattr(call, "parent", None)
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return _is_counted(source, call)
    home = function_around(call) or source.tree
    reads = (each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    return any(each.id == target.id and _is_counted(source, each) for each in reads)


def _tensors(operation: Operation) -> Iterator[str]:
    return (item.expression for item in operation.arguments if item.value.kind == "tensor")


def _is_division(node: ast.BinOp, inside: ast.AST) -> bool:
    """Whether something is divided by it, as a mean is, or divided without a rest."""
    return isinstance(node.op, ast.FloorDiv | ast.Mod) or (isinstance(node.op, ast.Div) and node.right is inside)


def _is_told_number(source: Source, call: ast.Call, node: ast.expr) -> bool:
    """Whether a function of the script is given it, by whose own reading it may be a number."""
    name = last_name(call.func)
    functions = [each for each in source.functions if each.name == name]
    if len(functions) != 1 or node not in call.args:
        return False
    names = parameters_given(functions[0])[call.args.index(node) :]
    reads = [each for each in walk(functions[0]) if isinstance(each, ast.Name) and each.id in names[:1]]
    return not any(isinstance(getattr(each, "parent", None), ast.Attribute | ast.Subscript) for each in reads)
