"""Both directions of a recurrent layer, where what reads it speaks of two: a width of twice its own, two states."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, as_whole, expression, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, kind, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.one_way_layers import halved_layers, maker_around, one_way_layers
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.recurrent.state_givers import layers_called
from shapecheck.reading.recurrent.states_of_both import is_of_both
from shapecheck.reading.sources import (
    Source,
    class_around,
    defaults_of,
    found_at,
    function_around,
    items_of,
    node_at,
    parameters,
    source_of,
    statement_of,
    unused_names,
    walk,
)

_PLACE_OF_FLAG = 6
CAUSE = "both_directions_forgotten"
_LAYERS = "the states of two layers may have been meant"
_OR_JOINED = "something else that the class makes may be missing beside what the layer gives"
# What puts something beside what a recurrent layer gives, or makes something that may be.
_JOINS = re.compile(r"\b(cat|concat|concatenate|hstack|bmm|matmul|einsum|softmax|MultiheadAttention)\b|@")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Both directions for the one recurrent layer whose width is written twice where its output is read."""
    if failed(evidence, "__getitem__") is not None:
        return list(_by_states(evidence))
    if failed(evidence, *ELEMENTWISE) is not None:
        return list(_by_halves(evidence))
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    if operation is None or origin is None or not sizes:
        return []
    name = "in_features" if kind(operation) == "Linear" else "input_size"
    given = told_for(origin, name)
    if given is None or number(operation, name) != 2 * sizes[-1]:
        return []
    item = operand(operation, "input")
    if item is not None and is_of_both(evidence, operation, item):
        return []
    spans = spans_of(evidence, given, parts=True)
    frame = evidence.user_frame
    idle = unused_names(frame.span) if frame is not None else set[str]()
    return [
        way for span in dict.fromkeys(spans) for way in (*_both(span, idle), *_of_halved(evidence, span, sizes[-1]))
    ]


def _by_states(evidence: Evidence) -> Iterator[Candidate]:
    """The same where a second state is asked for that one direction has not, and a Linear takes two: ``h[0], h[1]``."""
    item = operand(failed(evidence, "__getitem__"), "self")
    index = operand(failed(evidence, "__getitem__"), "index")
    source = source_of(item.span.file) if item is not None and item.span is not None else None
    if item is None or item.span is None or index is None or source is None:
        return
    if index.value.text not in ("1", "-2") or sizes_of(item)[:1] != (1,) or len(sizes_of(item)) != 3:
        return
    given = {made.span for each in trace(evidence, item.span, parts=True) for made in layers_called(evidence, each)}
    owner = class_around(node_at(item.span))
    for call in source.calls("Linear"):
        width = source.span(call.args[0]) if call.args and class_around(call) is owner else None
        layers = one_way_layers(width) if width is not None else []
        if width is not None and owner is not None and len(layers) == 1 and layers[0] in given:
            doubt = _LAYERS if "layers" in "".join(source.lines[owner.lineno - 1 : owner.end_lineno]) else ""
            yield from (replace(each, doubt=doubt) for each in _both(width, ()))
            return


def _by_halves(evidence: Evidence) -> Iterator[Candidate]:
    """The same where two halves of what a layer gives meet, cut at its own width: ``out[..., :h] + out[..., h:]``."""
    operands = pair(failed(evidence, *ELEMENTWISE))
    parts = [_cut_at(item) for item in operands] if operands is not None else []
    if operands is None or len(parts) != 2 or {sizes_of(each)[-1] for each in operands} == {0}:
        return
    first, second = parts
    is_cut = first is not None and second is not None and first[0] == second[0] and first[1] == second[2] != ""
    source, node = found_at(operands[0].span)
    home = class_around(node) or function_around(node)
    if not is_cut or source is None or 0 not in {sizes_of(each)[-1] for each in operands}:
        return
    calls = [source.span(each) for each in source.calls(*RECURRENT) if maker_around(each) is home]
    told = argument(calls[0], "bidirectional", _PLACE_OF_FLAG) if len(calls) == 1 else None
    change = with_keyword(calls[0], "bidirectional", "True") if len(calls) == 1 and told is None else None
    if change is not None and not _is_given_a_state(source, calls[0]):
        yield Candidate("bidirectional=True", (as_whole(calls[0], change),), (), 0.02)


def _cut_at(item: Argument) -> tuple[str, str, str] | None:
    """What is cut along its last axis, up to where and from where on: ``out[:, :, :h]``."""
    node = expression(item.span.text) if item.span is not None else None
    last = items_of(node.slice)[-1] if isinstance(node, ast.Subscript) else None
    if not isinstance(node, ast.Subscript) or not isinstance(last, ast.Slice) or last.step is not None:
        return None
    ends = [ast.unparse(each) if each is not None else "" for each in (last.upper, last.lower)]
    return ast.unparse(node.value), ends[0], ends[1]


def _both(span: Span, idle: Collection[str]) -> Iterator[Candidate]:
    """With a doubt where something is joined, or was made and is used nowhere."""
    layers = one_way_layers(span)
    source, owner = source_of(span.file), maker_around(node_at(span))
    if len(layers) != 1 or source is None or owner is None or _is_given_a_state(source, layers[0]):
        return
    change = with_keyword(layers[0], "bidirectional", "True")
    if change is not None:
        text = "".join(source.lines[owner.lineno - 1 : owner.end_lineno])
        # What is taken apart has parts that nobody needs.
        is_made = any(re.search(rf"^ *{name} = ", text, re.MULTILINE) for name in idle)
        doubt = _OR_JOINED if is_made or _JOINS.search(text) else ""
        yield Candidate("bidirectional=True", (as_whole(layers[0], change),), (), 0.02, doubt)


def _of_halved(evidence: Evidence, span: Span, have: int) -> Iterator[Candidate]:
    """The other direction of a layer that has half of the width, ``nn.LSTM(n, width // 2)``, or its flag."""
    layers = halved_layers(span)
    width = told_for(layers[0], "hidden_size") if len(layers) == 1 else None
    source = source_of(span.file)
    half = worked_out(evidence, width) if width is not None else None
    if width is None or source is None or (isinstance(half, int) and (half < 1 or have % half)):
        return
    told = argument(layers[0], "bidirectional", _PLACE_OF_FLAG)
    change: Change | None = None
    if told is None or told.text == "False":
        change = with_keyword(layers[0], "bidirectional", "True")
        change = as_whole(layers[0], change) if change is not None else None
    else:
        flag = next((each.span for each in trace(evidence, told) if each.span.text == "False"), None)
        change = Change(flag, "True") if flag is not None else None
    if change is not None and not _is_given_a_state(source, layers[0]):
        yield Candidate("bidirectional=True", (change,), (), 0.02)


def _is_given_a_state(source: Source, layer: Span) -> bool:
    """Whether a layer gets its state from whoever calls the model: one for both directions would be refused there."""
    statement = statement_of(source.node_at(layer))
    names = {ast.unparse(each) for each in statement.targets} if isinstance(statement, ast.Assign) else set[str]()
    for call in walk(class_around(statement)):
        function = function_around(call)
        if not isinstance(call, ast.Call) or ast.unparse(call.func) not in names or function is None:
            continue
        given = set(parameters(function)) - {name for name, _ in defaults_of(function.args)}
        states = [each.id for each in call.args[1:2] if isinstance(each, ast.Name)]
        names_set = [each for each in walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        before = {each.id for each in names_set if each.lineno < call.lineno}
        if given.issuperset(states) and states and not before & set(states):
            return True
    return False
