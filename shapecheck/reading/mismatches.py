"""Reads two operands that do not go together: which of them is a table, a map, a vector, and what was forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape, failed, kind, tensors
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.whole_states import MAX_LAYERS
from shapecheck.reading.sources import source_of, walk
from shapecheck.reading.steps.walked_steps import walks

ELEMENTWISE = (
    *("add", "sub", "mul", "div", "add_", "sub_", "mul_", "div_", "where", "masked_fill", "masked_fill_"),
    *("maximum", "minimum", "max", "min"),
    *("bitwise_and", "bitwise_or", "bitwise_and_", "bitwise_or_", "logical_and", "logical_or"),
)
# Whatever spreads its operands to one shape.
SPREADING = (*ELEMENTWISE, "eq", "ne", "lt", "le", "gt", "ge", "pow")
PRODUCTS = ("matmul", "mm", "bmm", "mv", "dot", "addmm", "baddbmm", "linear", "spmm", "hspmm")
JOINS = ("cat", "concat", "concatenate")
# A table that lacks more than this was not forgotten to count a token or two.
FEW = 2


def pair(operation: Operation | None) -> tuple[Argument, Argument] | None:
    """The two tensors of an operation on two tensors."""
    items = tensors(operation)
    return (items[0], items[1]) if len(items) >= 2 else None


def both_ways(operation: Operation | None) -> Iterator[tuple[Argument, Argument]]:
    """Each of the two tensors of an operation with the other one."""
    if (operands := pair(operation)) is not None:
        yield from (operands, operands[::-1])


def sizes_of(item: Argument | Value | None) -> Shape:
    """The shape of an operand, or of what a name holds; () where it has none, or where there is nothing."""
    held = item.value if isinstance(item, Argument) else item
    return held.record.shape if held is not None and held.record is not None else ()


def dtype_of(item: Argument | Value | None) -> str:
    """The dtype of an operand, or of what a name holds; nothing where it has none, or where there is nothing."""
    held = item.value if isinstance(item, Argument) else item
    return held.record.dtype if held is not None and held.record is not None else ""


def without_axis(sizes: Shape, axis: int) -> Shape:
    """The sizes that are left when one of the axes goes, which may be counted from the end.

    >>> without_axis((4, 7, 3), 1), without_axis((4, 7, 3), -1)
    ((4, 3), (4, 7))
    """
    axis %= len(sizes)
    return sizes[:axis] + sizes[axis + 1 :]


def with_exchanged(sizes: Shape, one: int, other: int) -> Shape:
    """The sizes with two of their axes exchanged.

    >>> with_exchanged((4, 7, 3), 0, -1)
    (3, 7, 4)
    """
    turned = list(sizes)
    turned[one], turned[other] = turned[other], turned[one]
    return tuple(turned)


def axes_to_squeeze(sizes: Shape, rest: Shape) -> list[int]:
    """The axes of one number without which sizes are others.

    >>> axes_to_squeeze((4, 1, 1), (4, 1)), axes_to_squeeze((4, 1), (1,))
    ([1, 2], [])
    """
    return [axis for axis, size in enumerate(sizes) if size == 1 and without_axis(sizes, axis) == rest]


def spreads(sizes: Shape, wanted: Shape) -> bool:
    """Whether a shape broadcasts to another one, and has more in common with it than ones."""
    return (
        len(sizes) <= len(wanted)
        and all(size in (1, want) or want == 1 for size, want in zip(reversed(sizes), reversed(wanted), strict=False))
        and any(size == want for size, want in zip(reversed(sizes), reversed(wanted), strict=False))
    )


def written(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    """Where an operand was made, its use first."""
    if item.span is None:
        return ()
    return (Origin(item.expression, item.span, item.span), *trace(evidence, item.span))


def too_long(item: Argument, other: Argument) -> tuple[int, ...]:
    """The axes along which one operand is longer than the other and would go with it if it were cut."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    if len(sizes) > len(wanted) or not sizes:
        return ()
    tail = wanted[len(wanted) - len(sizes) :]
    longer = tuple(axis for axis, (have, want) in enumerate(zip(sizes, tail, strict=True)) if have > want > 1)
    rest = tuple(tail[axis] if axis in longer else have for axis, have in enumerate(sizes))
    return longer if longer and spreads(rest, wanted) else ()


def too_short(item: Argument, other: Argument) -> tuple[int, int] | None:
    """The axis along which an operand lacks a row or two, and how many; None if it is not that alone."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    if len(sizes) > len(wanted) or not sizes:
        return None
    tail = wanted[len(wanted) - len(sizes) :]
    short = [axis for axis, (have, want) in enumerate(zip(sizes, tail, strict=True)) if 1 < have < want]
    if len(short) != 1 or short[0] == len(sizes) - 1:
        return None
    axis = short[0]
    grown = (*sizes[:axis], tail[axis], *sizes[axis + 1 :])
    return (axis, tail[axis] - sizes[axis]) if spreads(grown, wanted) else None


def is_cut_to_length(item: Argument) -> bool:
    """Whether an operand is the beginning of something longer: ``table[: x.size(1)]``, which may give less rows.

    A slice to a written number asks for no length.
    """
    return re.search(r"\[(?:[^\[\]]*,)? *:[^,\]:]*[a-zA-Z_][^,\]:]*[,\]]", item.expression) is not None


def tables(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """The parameters and buffers of exactly an operand's shape in its text: ``self.bias`` in ``self.bias == 0``."""
    for origin in written(evidence, item):
        node = expression(origin.span.text)
        for part in walk(node):
            if not isinstance(part, ast.Attribute) or not isinstance(part.value, ast.Name) or part.value.id != "self":
                continue
            held = evidence.held.get(ast.unparse(part))
            if held is not None and held.record is not None and held.record.shape == sizes_of(item):
                yield piece(origin.span, part)


def is_learned(evidence: Evidence, table: Argument) -> bool:
    """Whether a table is a parameter: of a single axis it mostly has a number for each feature, and none for steps."""
    held = evidence.held.get(table.expression, table.value)
    return "Parameter" in (held.type, table.value.type)


def odd_columns(operation: Operation | None) -> tuple[int, int] | None:
    """How many odd columns a table has, and how many were to be stored there: one more; None if it is not so."""
    if operation is None or kind(operation) not in ("__setitem__", "copy_"):
        return None
    index, table = operation.argument("index"), operation.argument("self")
    value = operation.argument("value") or operation.argument("other")
    if index is None or table is None or value is None or not sizes_of(value) or not sizes_of(table):
        return None
    if not re.search(r"\b1 *:[^:,]*: *2 *\]?$", index.expression.strip()):
        return None
    width, given = sizes_of(table)[-1], sizes_of(value)[-1]
    return (width // 2, given) if width % 2 and given == width // 2 + 1 else None


def is_squared(item: Argument, other: Argument) -> bool:
    """Whether an operand has an axis more than the other, of the size of the one in front of it."""
    sizes = sizes_of(item)
    return len(sizes) > 1 and sizes[-1] == sizes[-2] > 1 and sizes[:-1] == sizes_of(other)


def taken_apart(evidence: Evidence) -> tuple[Argument, int] | None:
    """A tensor that was taken apart into names, and the axis that has as many places as there are names."""
    operation = failed(evidence, "unpack", "unpack_item")
    item = next(iter(tensors(operation)), None) if operation is not None else None
    source = source_of(item.span.file) if item is not None and item.span is not None else None
    if item is None or item.span is None or source is None:
        return None
    for node in walk(source.tree):
        targets = (
            node.targets[:1] if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.For) else []
        )
        read = node.value if isinstance(node, ast.Assign) else node.iter if isinstance(node, ast.For) else None
        if (
            not targets
            or not isinstance(targets[0], ast.Tuple | ast.List)
            or read is None
            or source.span(read) != item.span
        ):
            continue
        count, sizes = len(targets[0].elts), sizes_of(item)
        axes = [axis for axis, size in enumerate(sizes) if size == count and axis > 0]
        return (item, axes[-1]) if isinstance(node, ast.Assign) and len(axes) == 1 and sizes[0] != count else None
    return None


def vectors(evidence: Evidence) -> tuple[Argument, Argument] | None:
    """A batch of matrices and a batch of vectors that were multiplied as if the vectors were one matrix."""
    operands = pair(failed(evidence, "matmul"))
    if operands is None:
        return None
    left, right = (sizes_of(each) for each in operands)
    if len(left) != len(right) + 1 or len(left) < 3 or left[-1] != right[-1]:
        return None
    batches = [*zip(left[:-2], right[:-1], strict=True)]
    fits = all(one == other or 1 in (one, other) for one, other in batches)
    # A single row beside many matrices may be one vector for all of them, or be turned.
    return operands if fits and any(one == other > 1 for one, other in batches) else None


def state_beside_steps(evidence: Evidence) -> Argument | None:
    """A state (layers, batch, features) that meets a batch of steps (batch, steps, features)."""
    for item, other in both_ways(failed(evidence, *ELEMENTWISE, *JOINS)) if walks(evidence) else ():
        have, want = sizes_of(item), sizes_of(other)
        if len(have) != 3 or len(want) != 3 or have[0] > MAX_LAYERS or have[1] != want[0] or have[2] != want[2]:
            continue
        if have[:2] != want[:2] and _comes_of_state(evidence, item):
            return item
    return None


def _comes_of_state(evidence: Evidence, item: Argument) -> bool:
    """Whether what made an operand names a state."""
    # What was spread there has its sizes from there, and what is only asked for its size gives nothing else.
    made = [found.span.text for found in written(evidence, item) if not _is_spread(found.span.text)]
    texts = [re.sub(r"\w+\.(size\(|shape\b)", "", each) for each in made]
    return any(re.search(r"state|hidden|\bh_?n?\b|\bh\b|final|last", text) for text in texts)


def _is_spread(text: str) -> bool:
    """Whether the sizes of something are written where it is spread: ``x.expand(-1, n, -1)``."""
    node = expression(text)
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("expand", "repeat")
    )
