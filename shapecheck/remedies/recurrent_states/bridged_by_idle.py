"""Both states of an LSTM of another width, where the class makes layers between the widths and calls none of them."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, number, operand
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.name_words import any_word
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sources import class_around, found_at

_COST = 0.02
_BOTH = "one layer that nobody calls would have to do for both states"
_WHICH = "which of the two layers that nobody calls is for which of the states, their names do not tell"
_OF_CELL = any_word("c|c0|cn|cell|cells|memory|mem|ctx")
_OF_HIDDEN = any_word("h|h0|hn|hid|hidden")
_LAYERS = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(self.init_h(h), self.init_c(c))`` for ``(h, c)``."""
    operation = failed(evidence, "LSTM", "LSTMCell")
    states = [operand(operation, *names) for names in (("h_0", "hx"), ("c_0", "cx"))]
    if operation is None or operation.config.get("proj_size"):
        return []
    pair = [each for each in states if each is not None and each.span is not None and sizes_of(each)]
    if len(pair) != _LAYERS:
        return []
    is_layer = bool(operation.config.get("num_layers"))
    want = state_sizes(operation, "h_0")[2] if is_layer else number(operation, "hidden_size")
    haves = {sizes_of(each)[-1] for each in pair}
    if len(haves) != 1 or want in haves or sizes_of(pair[0])[:-1] != sizes_of(pair[1])[:-1]:
        return []
    layers = _between(evidence, pair[0], haves.pop(), want)
    if len(layers) not in (1, _LAYERS):
        return []
    named, doubt = _in_order(layers) if len(layers) > 1 else (layers * _LAYERS, _BOTH)
    changes = _through(pair, named)
    trial = tuple(Step("stand_in", each.role, (*sizes_of(each)[:-1], want)) for each in pair)
    return [Candidate(", ".join(each.text for each in changes), changes, trial, _COST, doubt)]


def _through(pair: list[Argument], layers: list[str]) -> tuple[Change, ...]:
    """Each of two states through its layer, where it is written, or both where they have one name."""
    spans = [each.span for each in pair if each.span is not None]
    if spans[0] == spans[1]:
        first, second = (f"self.{name}({spans[0].text}[{at}])" for at, name in enumerate(layers))
        return (Change(spans[0], f"({first}, {second})"),)
    return tuple(Change(span, f"self.{name}({span.text})") for span, name in zip(spans, layers, strict=True))


def _between(evidence: Evidence, item: Argument, have: int, want: int) -> list[str]:
    """The layers that the class around a state makes and never calls, which lead from its width to the wanted one."""
    source, node = found_at(item.span)
    owner = class_around(node)
    if source is None or owner is None:
        return []
    found = []
    for name, call in idle_layers(owner):
        told = [given_as(call, word, at) for at, word in enumerate(("in_features", "out_features"))]
        if [worked_out(evidence, source.span(each)) if each is not None else None for each in told] == [have, want]:
            found.append(name)
    return found


def _in_order(layers: list[str]) -> tuple[list[str], str]:
    """The layer of the hidden state and that of the cell's, and a doubt where their names do not tell."""
    cells = [each for each in layers if _OF_CELL.search(each)]
    hidden = [each for each in layers if _OF_HIDDEN.search(each)]
    for first, second in (layers, layers[::-1]):
        is_told = second in cells and first not in cells, first in hidden and second not in hidden
        if any(is_told) and not (first in cells or second in hidden):
            return [first, second], ""
    return layers, _WHICH
