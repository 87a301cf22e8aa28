"""Scores that a loss for probabilities refused: a sigmoid where the model returns them, or the loss that takes scores.

Both train alike, for ``BCEWithLogitsLoss`` applies the sigmoid itself; what else is done with the scores tells which of
them was meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, call_of, expression, piece, replaced, suffixed
from shapecheck.reading.failing import failed, maker, operand, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, last_name, source_of, user_sources, walk, written_as

CAUSE = "scores_for_probabilities"
_OF_SCORES = {
    "BCELoss": "BCEWithLogitsLoss",
    "binary_cross_entropy": "binary_cross_entropy_with_logits",
}
# Activations that may stand where the sigmoid belongs: their values leave the range that this loss takes.
_OTHERS = ("tanh", "relu")
_MADE_LARGER = "none is below zero: these may be probabilities that something has made larger"
# What gives the logarithms of probabilities, and what gives probabilities.
_LOGS = ("log_softmax", "LogSoftmax", "logsigmoid", "LogSigmoid")
_SQUASH = ("sigmoid", "softmax", "Sigmoid", "Softmax")
_LIKELY, _LESS = 0.06, 0.15


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``torch.sigmoid(self.fc(h))`` in the forward, and ``nn.BCEWithLogitsLoss()`` for ``nn.BCELoss()``."""
    operation = failed(evidence, *_OF_SCORES)
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None or not says(evidence, r"should be between 0 and 1"):
        return
    if not (item.value.facts.get("min", 0.0) < 0 or item.value.facts.get("max", 0.0) > 1):
        # It holds what is no number.
        return
    if item.value.facts.get("whole") == 1.0 and not _is_binary(operation):
        # Labels stand where the probabilities belong.
        return
    made = trace(evidence, item.span)
    place = made[-1].span if made else item.span
    sources = user_sources(evidence)
    if item.value.facts.get("max", 1.0) <= 0 and any(any(source.calls(*_LOGS)) for source in sources):
        change = suffixed(place, ".exp()")
        yield Candidate(change.text, (change,), (), _LIKELY)
        return
    if any(last_name(call.func) in _SQUASH for call in _calls(place, *(each.span for each in made))):
        # It was between 0 and 1 already, before something else was done with it.
        return
    yield from _other_activation(place)
    is_squashed = any(any(source.calls("sigmoid", "Sigmoid")) for source in sources)
    is_read = any(_reads_probabilities(source) for source in sources) or not _is_binary(operation)
    at_end, of_loss = (_LESS, _LIKELY) if is_squashed and not is_read else (_LIKELY, _LESS)
    doubt = _MADE_LARGER if is_squashed and item.value.facts.get("min", 0.0) >= 0 else ""
    for each in (*_at_end(place, item, at_end), *_of_loss(evidence, operation, of_loss)):
        yield each.doubted(doubt)


def _calls(*spans: Span) -> Iterator[ast.Call]:
    return (each for span in spans for each in walk(expression(span.text)) if isinstance(each, ast.Call))


def _other_activation(place: Span) -> Iterator[Candidate]:
    """The sigmoid in place of another activation that stands there."""
    call = call_of(place)
    if call is not None and last_name(call.func) in _OTHERS:
        func = piece(place, call.func)
        home, source = func.text.rpartition(".")[0], source_of(place.file)
        torch = written_as(source.tree, "torch") if source is not None else ""
        is_of_functions = home in ("", "F", "functional", "nn.functional")
        text = f"{torch if is_of_functions and torch else home}.sigmoid"
        if home or torch:
            yield Candidate(text, (replaced(func, text),), (), 0.0)


def _at_end(place: Span, item: Argument, cost: float) -> Iterator[Candidate]:
    source = source_of(place.file)
    torch = written_as(source.tree, "torch") if source is not None else ""
    text = f"{torch}.sigmoid({place.text})" if torch else f"{bracketed(place.text)}.sigmoid()"
    yield Candidate(text, (replaced(place, text),), (Step("sigmoid", item.role),), cost)


def _of_loss(evidence: Evidence, operation: Operation, cost: float) -> Iterator[Candidate]:
    origin = maker(evidence, operation)
    span = origin.span if origin is not None else operation.span
    call = call_of(span) if span is not None else None
    name = last_name(call.func) if call is not None else ""
    if span is None or call is None or name not in _OF_SCORES:
        return
    func = piece(span, call.func)
    text = func.text.removesuffix(name) + _OF_SCORES[name]
    if func.text != name or origin is None:
        yield Candidate(text, (Change(func, text),), (), cost)


def _reads_probabilities(source: Source) -> bool:
    """Whether something is compared with a half, or rounded: numbers between 0 and 1 were meant."""
    compared = (
        each for node in walk(source.tree) if isinstance(node, ast.Compare) for each in ast.iter_child_nodes(node)
    )
    is_half = any(isinstance(each, ast.Constant) and each.value == 0.5 for each in compared)
    return is_half or any(source.calls("round"))


def _is_binary(operation: Operation) -> bool:
    """Whether the targets are all 0 or 1, not shades between, as those of pictures are."""
    target = operand(operation, "target")
    facts = target.value.facts if target is not None else {}
    return facts.get("whole", 1.0) == 1.0 and facts.get("min", 0.0) >= 0 and facts.get("max", 1.0) <= 1
