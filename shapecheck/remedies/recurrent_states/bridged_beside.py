"""One of the two states of an LSTM handed over as it is, where the other goes through a layer to the right width."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import last_name, under_methods, walk

_WRAPS = ("unsqueeze", "contiguous", "view", "reshape", "expand", "repeat")
_SQUASHES = ("tanh", "relu", "sigmoid", "Tanh", "ReLU")
_COST = 0.05
_SQUASHED = "what is made of the other goes through a function besides, and this may be meant to"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bridge(c).unsqueeze(0)`` for ``c.unsqueeze(0)`` beside ``torch.tanh(bridge(h)).unsqueeze(0)``."""
    operation = failed(evidence, "LSTM", "LSTMCell")
    states = [operand(operation, *names) for names in (("h_0", "hx"), ("c_0", "cx"))]
    if operation is None or states[0] is None or states[1] is None:
        return []
    width = operation.config.get("proj_size") or operation.config.get("hidden_size")
    for good, bad in ((states[0], states[1]), (states[1], states[0])):
        if sizes_of(good)[-1:] == (width,) != sizes_of(bad)[-1:] and len(sizes_of(good)) == len(sizes_of(bad)):
            return _bridged(evidence, good, bad)
    return []


def _bridged(evidence: Evidence, good: Argument, bad: Argument) -> list[Candidate]:
    plain = next((each for each in _written(evidence, bad)), None)
    node = under_methods(expression(plain.text), _WRAPS) if plain is not None else None
    if plain is None or node is None or any(isinstance(each, ast.Call) for each in walk(node)):
        return []
    base = piece(plain, node)
    for span in _written(evidence, good):
        squashed = [each for each in walk(expression(span.text)) if isinstance(each, ast.Call)]
        layers = [each for each in squashed if kind_of(evidence, piece(span, each.func)) == "Linear"]
        if len(layers) == 1 and len(layers[0].args) == 1 and _reads(evidence, layers[0], sizes_of(bad)[-1]):
            text = f"{ast.unparse(layers[0].func)}({base.text})"
            doubt = _SQUASHED if any(last_name(each.func) in _SQUASHES for each in squashed) else ""
            return [Candidate(text, (Change(base, text),), (), _COST, doubt)]
    return []


def _reads(evidence: Evidence, call: ast.Call, width: int) -> bool:
    """Whether a layer reads so many features, as far as is known."""
    held = evidence.held.get(ast.unparse(call.func))
    return held is None or held.config.get("in_features", width) == width


def _written(evidence: Evidence, item: Argument) -> list[Span]:
    """Where a state is written that is no mere name."""
    spans = [item.span, *(each.span for each in trace(evidence, item.span))] if item.span is not None else []
    return [each for each in spans if each is not None and not isinstance(expression(each.text), ast.Name)]
