"""Reads two operands that do not go together: which of them is a table, a map, a vector, and what was forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span, Value
from shapecheck.reading.edits import expression, is_of_torch, piece
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, Shape, failed, kind, says, tensors
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import Source, items_of, last_name, source_of, user_sources, walk
from shapecheck.reading.walked_steps import walks

ELEMENTWISE = (
    *("add", "sub", "mul", "div", "add_", "sub_", "mul_", "div_", "where", "masked_fill", "masked_fill_"),
    *("maximum", "minimum", "max", "min"),
    *("bitwise_and", "bitwise_or", "bitwise_and_", "bitwise_or_", "logical_and", "logical_or"),
)
JOINS = ("cat", "concat", "concatenate")
ASKED = re.compile(r"(\w+)(?:\.size\((-?\d+)\)|\.shape\[(-?\d+)\])|len\((\w+)\)")
# A table that lacks more than this was not forgotten to count a token or two.
FEW = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A length that was asked of another axis than the one that it must go with.

    Args:
        item: The operand that was cut to it.
        span: ``x.size(0)``.
        text: ``x.size(1)``.
        shape: The operand's shape with that length.
    """

    item: Argument
    span: Span
    text: str
    shape: Shape


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


def asked_of_other_axis(evidence: Evidence) -> Iterator[Asked]:
    """``table[:x.size(0)]`` where the axis that the table runs along is another one of x."""
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        yield from _asked(evidence, item, sizes_of(item), sizes_of(other))


def _asked(evidence: Evidence, item: Argument, sizes: Shape, wanted: Shape) -> Iterator[Asked]:
    for origin in written(evidence, item):
        node = expression(origin.span.text)
        parts = items_of(node.slice) if isinstance(node, ast.Subscript) else []
        for axis, part in enumerate(parts):
            upper = part.upper if isinstance(part, ast.Slice) else None
            meets = len(wanted) - len(sizes) + axis
            if (
                upper is None
                or axis >= len(sizes)
                or meets < 0
                or not all(isinstance(each, ast.Slice) for each in parts)
            ):
                continue
            grown = (*sizes[:axis], wanted[meets], *sizes[axis + 1 :])
            if wanted[meets] == sizes[axis] or not spreads(grown, wanted):
                continue
            span = piece(origin.span, upper)
            for found in spans_of(evidence, span):
                asked = ASKED.fullmatch(found.text)
                name = (asked.group(1) or asked.group(4)) if asked is not None else ""
                shape = sizes_of(evidence.held.get(name))
                if asked is None or shape != wanted or int(asked.group(2) or asked.group(3) or 0) % len(shape) == meets:
                    continue
                yield Asked(
                    item, found, f"{name}.shape[{meets}]" if ".shape" in found.text else f"{name}.size({meets})", grown
                )


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


def squeezes(evidence: Evidence) -> Iterator[tuple[Source, ast.Call, ast.expr]]:
    """The calls of squeeze that name no axis, as a method or as a function, and what each is of."""
    for source in user_sources(evidence):
        for call in source.calls("squeeze"):
            if call.keywords or not isinstance(call.func, ast.Attribute):
                continue
            is_function = is_of_torch(call)
            if len(call.args) == is_function:
                yield source, call, call.args[0] if is_function else call.func.value


def squeezed_of_one(evidence: Evidence) -> tuple[Source, ast.Call, ast.expr] | None:
    """The squeeze() without an axis that an operand with too few axes was made by, where a batch holds one sample."""
    step = failed(evidence, *RECURRENT, *CELLS)
    if step is not None:
        return _squeezed_of_one_step(evidence, step)
    packed = failed(evidence, "pack_padded_sequence")
    if packed is not None:
        return _squeezed_of_one_length(evidence, packed)
    operation = failed(evidence, "expand", "bmm", "baddbmm", "gather", "einsum", *JOINS)
    if operation is None:
        return None
    given = tensors(operation)
    held = [value.record.shape for value in evidence.held.values() if value.record is not None]
    # What stands beside it has the batch of one; a tensor that stands alone can only be held against all that is there.
    beside = [sizes_of(each) for each in given] if len(given) > 1 else held
    if not any(len(sizes) > 1 and sizes[0] == 1 for sizes in beside):
        return None
    wanted = max((len(sizes_of(each)) for each in given), default=0)
    if operation.name.endswith("expand"):
        wanted = len(operation.arguments) - 1
    elif operation.name.endswith("bmm"):
        wanted = 3
    named = letters_of(operation)
    found = list(squeezes(evidence))
    for at, item in enumerate(given):
        wanted = len(named[at]) if len(named) == len(given) else wanted
        if item.span is None or len(sizes_of(item)) >= wanted:
            continue
        spans = set(spans_of(evidence, item.span, through=True))
        for source, call, base in found:
            if source.span(call) in spans:
                return source, call, base
        if len(found) == 1:
            # It went through a list, or a function, and there is no other that could have dropped the axis.
            return found[0]
    return None


def letters_of(operation: Operation) -> list[str]:
    """The letters that an equation of einsum has for each of its operands; none where it does not name all axes."""
    given = next(iter(operation.arguments), None)
    node = expression(given.expression) if given is not None and kind(operation) == "einsum" else None
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return [] if "." in text or not text else text.replace(" ", "").partition("->")[0].split(",")


def _squeezed_of_one_length(evidence: Evidence, operation: Operation) -> tuple[Source, ast.Call, ast.expr] | None:
    """The same of the lengths of sequences, where the only one has no axis left."""
    lengths, given = operation.argument("lengths"), operation.argument("input")
    if lengths is None or lengths.span is None or lengths.value.record is None or sizes_of(lengths) != ():
        return None
    if given is not None and given.value.record is not None and 1 not in sizes_of(given)[:2]:
        return None
    spans = spans_of(evidence, lengths.span, through=True)
    return next((each for each in squeezes(evidence) if any(s.holds(each[0].span(each[1])) for s in spans)), None)


def _squeezed_of_one_step(evidence: Evidence, operation: Operation) -> tuple[Source, ast.Call, ast.expr] | None:
    """The same where the input of a layer has lost the batch of one that its state has."""
    given, state = operation.argument("input"), next(filter(None, map(operation.argument, STATES)), None)
    if given is None or state is None or len(sizes_of(given)) != len(sizes_of(state)) - 1 or sizes_of(state)[-2] != 1:
        return None
    spans = [origin.span for origin in evidence.origins.get(given.expression, ())]
    made = [each for each in squeezes(evidence) if any(span.holds(each[0].span(each[1])) for span in spans)]
    return made[0] if len(made) == 1 else None


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
        if len(have) != 3 or len(want) != 3 or have[0] > 8 or have[1] != want[0] or have[2] != want[2]:
            continue
        if have[:2] != want[:2] and _comes_of_state(evidence, item):
            return item
    return None


def _comes_of_state(evidence: Evidence, item: Argument) -> bool:
    """Whether what made an operand names a state."""
    texts = [found.span.text for found in written(evidence, item)]
    return any(re.search(r"state|hidden|\bh_?n?\b|\bh\b|final|last", text) for text in texts)


def folded_view(evidence: Evidence) -> Iterator[tuple[Argument, Span, ast.Call, int, int]]:
    """Views that folded the batch into the features: operand, text, call, axis of the written 1, and the batch."""
    yield from _folded_input(evidence)
    for item, other in both_ways(failed(evidence, *JOINS, *ELEMENTWISE, "matmul", "bmm")):
        have, want = sizes_of(item), sizes_of(other)
        if len(have) != len(want):
            continue
        for origin in written(evidence, item):
            node = expression(origin.span.text)
            if not isinstance(node, ast.Call) or last_name(node.func) not in ("view", "reshape"):
                continue
            for axis, part in enumerate(node.args):
                is_one = isinstance(part, ast.Constant) and part.value == 1
                if is_one and axis < len(want) and have[axis] == 1 < want[axis] and have[-1] % want[axis] == 0:
                    yield item, origin.span, node, axis, want[axis]


def _folded_input(evidence: Evidence) -> Iterator[tuple[Argument, Span, ast.Call, int, int]]:
    """The same in front of a recurrent layer, which finds its features too many by the size of the batch."""
    operation = failed(evidence, *RECURRENT)
    item = operation.argument("input") if operation is not None else None
    if operation is None or item is None or len(sizes_of(item)) != 3:
        return
    want, have = operation.config.get("input_size"), sizes_of(item)[-1]
    if not isinstance(want, int) or want < 1 or have <= want or have % want:
        return
    axis = 0 if operation.config.get("batch_first") else 1
    for origin in written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or last_name(node.func) not in ("view", "reshape") or len(node.args) != 3:
            continue
        part = node.args[axis]
        known = {value.record.shape[:1] for value in evidence.held.values() if value.record is not None}
        if isinstance(part, ast.Constant) and part.value == 1 and (have // want,) in known:
            yield item, origin.span, node, axis, have // want


def apart(evidence: Evidence) -> tuple[tuple[int, ...], int] | None:
    """The sizes that were asked for, and the size of the axis that they were to be made of."""
    found = says(
        evidence, r"unflatten: Provided sizes \[([\d, -]+)\] don't multiply up to the size of dim \d+ \((\d+)\)"
    )
    if found is None or failed(evidence, "Unflatten", "unflatten") is None:
        return None
    return tuple(int(each) for each in found.group(1).split(",")), int(found.group(2))


def stored(evidence: Evidence) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The sizes of a place in a buffer, and of what was to be stored there, by what the exception says of them."""
    if failed(evidence, "__setitem__", "copy_") is None:
        return None
    found = says(
        evidence,
        r"expand\(\S+\{\[(?P<given>[\d, ]+)\]\}, size=\[(?P<place>[\d, ]*)\]\)",
        r"Target sizes: \[(?P<place>[\d, ]*)\]\.\s+Tensor sizes: \[(?P<given>[\d, ]*)\]",
        r"input array from shape \((?P<given>[\d, ]*)\) into shape \((?P<place>[\d, ]*)\)",
        r"array of shape \((?P<given>[\d, ]*)\) could not be broadcast to \D+ of shape \((?P<place>[\d, ]*)\)",
    )
    if found is None:
        return None
    place, given = (tuple(int(size) for size in found[name].split(",") if size.strip()) for name in ("place", "given"))
    return place, given
