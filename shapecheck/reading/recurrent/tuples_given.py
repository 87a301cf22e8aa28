"""The tuple that a call got in place of a tensor: what a recurrent layer, or a maximum over an axis, gives back."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import expression, factors, piece
from shapecheck.reading.failing import STATES, failed, says
from shapecheck.reading.joined.collected import is_collected
from shapecheck.reading.recurrent.recurrent_calls import is_whole_output
from shapecheck.reading.sources import (
    Source,
    found_at,
    home_around,
    is_named,
    last_name,
    statement_of,
    targets_of,
    walk,
)
from shapecheck.reading.vocabulary import TENSORS

# What takes a tuple rightly; an assignment only takes it apart into other names.
_TAKES = ("LSTM", "LSTMCell", "unpack", "grad", *TENSORS)
_LISTS = ("tensors", "sequences", "operands", "shape", "size", "normalized_shape", "index")


def tuple_given(evidence: Evidence) -> Argument | None:
    """The operand that is a tuple with a tensor in front, where the call takes none."""
    operation, item = failed(evidence), first_tuple(evidence)
    if operation is None or item is None or item.span is None or is_collected(evidence, item):
        return None
    takes = operation.name.rpartition(".")[2] in _TAKES
    item = _repeated(evidence, item)
    return item if not takes or not is_output(item) or _is_wrong(operation, item) else None


def _repeated(evidence: Evidence, item: Argument) -> Argument:
    """The tuple that a number was to scale and has repeated, ``pair * 2``, by its own name there; else the operand."""
    assert item.span is not None
    (source, node), span, held = found_at(item.span), item.span, evidence.held
    above = assigned_above(source, node.id, statement_of(node)) if source and isinstance(node, ast.Name) else None
    if source is not None and above is not None and isinstance(above.value, ast.BinOp):
        span, held = source.span(above.value), {**held, item.span.text: item.value}
    for part in factors(expression(span.text)) if span != item.span or isinstance(node, ast.BinOp) else ():
        value = held.get(part.id) if isinstance(part, ast.Name) else None
        whole = replace(item, value=value or item.value, span=piece(span, part))
        if value is not None and is_output(whole):
            return whole
    return item


def assigned_above(source: Source, name: str, here: ast.stmt | None) -> ast.Assign | None:
    """What gave a name alone its value above a statement, in the same function or in the file.

    A number or None is no tuple: in a loop the value comes from below.
    """
    best, home = None, home_around(here)
    for node in walk(source.tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and here is not None and node.lineno < here.lineno:
            is_near = home_around(node) in (home, source.tree) and not isinstance(node.value, ast.Constant)
            if is_near and is_named(node.targets[0], name) and (best is None or node.lineno > best.lineno):
                best = node
    return best


def takes_part(read: ast.Name) -> bool:
    """Whether a place takes a part of what a name holds, gives its parts names, or asks what it is."""
    up = getattr(read, "parent", None)
    is_indexed = isinstance(up, ast.Subscript) and up.value is read
    is_asked = isinstance(up, ast.Call) and last_name(up.func) in ("isinstance", "len", "type")
    is_spread = isinstance(up, ast.Starred | ast.For | ast.comprehension)
    names = (each for each in targets_of(read) if isinstance(each, ast.Tuple | ast.List))
    return is_indexed or is_asked or is_spread or (isinstance(up, ast.Assign) and any(names))


def labels_stand_in_front(value: Value) -> bool:
    """Whether the first of several tensors has fewer axes than another one of its dtype: it may be the labels of it."""
    records = [each.record for each in value.items if each.kind == "tensor" and each.record is not None]
    first = records[0] if len(records) == len(value.items) > 1 else None
    return first is not None and any(
        each.dtype == first.dtype and len(each.shape) > len(first.shape) for each in records[1:]
    )


def first_tuple(evidence: Evidence) -> Argument | None:
    """The first operand that is a tuple with a tensor in front, whether or not the call takes it."""
    operation = failed(evidence)
    if operation is None:
        return None
    item = next((each for each in operation.arguments if is_output(each)), None)
    if item is None and evidence.operation is not None:
        item = next((each for each in evidence.operation.arguments if is_output(each)), None)
    if item is None and says(evidence, r"'tuple' object has no attribute") and operation.name == "builtins.getattr":
        # Nobody knows what the call returned but the message.
        item = operation.argument("self")
    return item


def is_output(item: Argument) -> bool:
    """Whether it is a tuple that begins with a tensor: what an RNN, or a max over an axis, gives back."""
    if item.role in _LISTS:
        return False
    return item.value.kind == "tuple" and bool(item.value.items) and item.value.items[0].kind in ("tensor", "packed")


def _is_wrong(operation: Operation, item: Argument) -> bool:
    """Whether what takes a tuple rightly got one for its input, or for one of the states of a pair."""
    return item.role in STATES or is_whole_output(operation, item)
