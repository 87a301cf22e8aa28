"""A step or a summary that was taken along the axis which is the batch in the layout of the layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.recurrent.recurrent_calls import batch_of
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    items_of,
    last_name,
    targets_of,
    user_sources,
    walk,
)

_ATTENTION = ("TransformerEncoder", "TransformerDecoder", "TransformerEncoderLayer", "TransformerDecoderLayer")
_Key = tuple[ast.AST | None, str]
_SUMMARIES = ("mean", "sum", "max", "amax", "min", "amin", "logsumexp", "median")


@dataclass
class _Known:
    """What a file says of its sequences.

    Args:
        layers: The text of a layer of sequences, and whether the batch is first for it.
        paired: The layers of them that give back a pair of states.
        names: The sequences and states, by where they are known, and whether the batch is first in them.
        pairs: The pairs of states, by where they are known.
    """

    layers: dict[str, bool] = field(default_factory=dict)
    paired: set[str] = field(default_factory=set)
    names: dict[_Key, bool] = field(default_factory=dict)
    pairs: set[_Key] = field(default_factory=set)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out[:, -1]`` for ``out[-1]`` where the batch is first, and the reverse, if the rows of two tensors differ."""
    operands = pair(failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *JOINS, *ELEMENTWISE))
    rows = [sizes_of(item)[:1] for item in operands] if operands is not None else _rows_of_state(evidence)
    if len(rows) != 2 or rows[0] == rows[1] or () in rows:
        return []
    return [found for source in user_sources(evidence) for found in _of_source(source)]


def _rows_of_state(evidence: Evidence) -> list[tuple[int, ...]]:
    """How many samples the input of a recurrent layer has, and how many the state that it was given."""
    operation = failed(evidence, *RECURRENT)
    state = operand(operation, "h_0", "hx")
    batch, sizes = batch_of(operation) if operation is not None else None, sizes_of(state)
    return [(batch,), sizes[1:2]] if batch is not None and len(sizes) == 3 else []


def _of_source(source: Source) -> Iterator[Candidate]:
    known = _known(source)
    for node in walk(source.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            first = _batch_first(node.value, known)
            index = _other_step(node, first) if first is not None else ""
            if index:
                text = f"{source.span(node.value).text}[{index}]"
                yield Candidate(text, (Change(source.span(node), text),), (), 0.05)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SUMMARIES:
            of, axis = applied_to(node), written_axis(node)
            first = _batch_first(of, known) if of is not None and axis is not None else None
            wrong, right = ("0", "1") if first else ("1", "0")
            if first is not None and axis is not None and ast.unparse(axis) == wrong:
                yield Candidate(f"dim {wrong} -> {right}", (Change(source.span(axis), right),), (), 0.05)


def _key(node: ast.expr) -> _Key:
    """Where a name, or an attribute of an object, is known, and its text."""
    return (function_around(node) if isinstance(node, ast.Name) else class_around(node), ast.unparse(node))


def _batch_first(node: ast.expr, known: _Known) -> bool | None:
    """Whether the batch is first in a sequence that a layer returned; None for what is none."""
    if isinstance(node, ast.Name | ast.Attribute):
        return known.names.get(_key(node))
    place = ast.unparse(node.slice) if isinstance(node, ast.Subscript) else ""
    if not isinstance(node, ast.Subscript) or place not in ("0", "1"):
        return None
    if isinstance(node.value, ast.Call):
        first = known.layers.get(ast.unparse(node.value.func))
        return first if place == "0" else None if first is None else False
    return False if _is_pair(node.value, known) else None


def _is_pair(node: ast.expr, known: _Known) -> bool:
    """Whether an expression is the pair of states of a layer: ``states``, ``self.lstm(x)[1]``."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
        return ast.unparse(node.slice) == "1" and ast.unparse(node.value.func) in known.paired
    return isinstance(node, ast.Name | ast.Attribute) and _key(node) in known.pairs


def _other_step(node: ast.Subscript, first: bool) -> str:
    """The index of one step in the other layout; empty where it is no such index."""
    index = node.slice
    parts = items_of(index)
    if first:
        is_step = whole_number(parts[0]) is not None and all(ast.unparse(each) == ":" for each in parts[1:])
        return ", ".join([":", ast.unparse(parts[0]), *[":"] * (len(parts) - 2)]) if is_step else ""
    is_all = len(parts) >= 2 and isinstance(parts[0], ast.Slice) and ast.unparse(parts[0]) == ":"
    if is_all and whole_number(parts[1]) is not None and all(ast.unparse(each) == ":" for each in parts[2:]):
        return ast.unparse(parts[1])
    return ""


def _known(source: Source) -> _Known:
    known = _Known()
    for text, first, is_paired in _layers(source):
        known.layers[text] = first
        known.paired |= {text} if is_paired else set()
    for node in walk(source.tree):
        if isinstance(node, ast.Assign):
            _named(node, known)
    known.names |= dict(_handed_over(source, known))
    return known


def _named(node: ast.Assign, known: _Known) -> None:
    """The names that an assignment gives sequences and states."""
    target, value = node.targets[0], node.value
    place = ast.unparse(value.slice) if isinstance(value, ast.Subscript) else ""
    call = value.value if isinstance(value, ast.Subscript) and place in ("0", "1") else value
    layer = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    if layer not in known.layers:
        return
    parts = target.elts if isinstance(target, ast.Tuple) and not place else [target]
    output, state = (None, parts[0]) if place == "1" else (parts[0], parts[1] if len(parts) == 2 else None)
    if isinstance(output, ast.Name):
        known.names[_key(output)] = known.layers[layer]
    if isinstance(state, ast.Name | ast.Attribute) and layer in known.paired:
        known.pairs.add(_key(state))
    for each in state.elts if isinstance(state, ast.Tuple) else [state, *parts[2:]]:
        if isinstance(each, ast.Name | ast.Attribute):
            known.names[_key(each)] = False


def _handed_over(source: Source, known: _Known) -> Iterator[tuple[_Key, bool]]:
    """The parameters of functions, of a class or of none, that every call of them gives such a sequence."""
    for function in source.functions:
        calls = [each for each in source.calls(function.name) if function_around(each) is not function]
        for item in function.args.args[class_around(function) is not None :] if calls else ():
            given = [given_for(call, function, item.arg) for call in calls]
            ways = {_batch_first(each, known) if each is not None else None for each in given}
            way = ways.pop() if len(ways) == 1 else None
            if way is not None:
                yield (function, item.arg), way


def _layers(source: Source) -> Iterator[tuple[str, bool, bool]]:
    """The text of a layer of sequences, whether the batch is first for it, and whether it gives a pair of states."""
    attention = [says_batch_first(call) for call in source.calls("TransformerEncoderLayer", "TransformerDecoderLayer")]
    for call in source.calls(*RECURRENT, *_ATTENTION):
        targets = [ast.unparse(each) for each in (*targets_of(call), *_built(source, call))]
        if not targets or any(each.arg is None for each in call.keywords):
            continue
        is_stack = last_name(call.func) in ("TransformerEncoder", "TransformerDecoder")
        if is_stack and len(set(attention)) != 1:
            continue
        first = attention[0] if is_stack else says_batch_first(call)
        yield from ((target, first, last_name(call.func) == "LSTM") for target in targets)


def _built(source: Source, call: ast.Call) -> Iterator[ast.expr]:
    """What is given a layer that a function returns, where all functions of this name return one told the same."""
    up, function = getattr(call, "parent", None), function_around(call)
    if not isinstance(up, ast.Return) or function is None:
        return
    alike = [each for each in source.functions if each.name == function.name]
    returned = [value for each in alike for value in values_returned(each)]
    made = [each for each in returned if isinstance(each, ast.Call) and last_name(each.func) in RECURRENT]
    if len(made) == len(returned) and len({says_batch_first(each) for each in made}) == 1:
        yield from (target for each in source.calls(function.name) for target in targets_of(each))
