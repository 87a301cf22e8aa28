"""Scores that a loss for probabilities refused: a sigmoid where the model returns them, or the loss that takes scores.

Both train alike, for ``BCEWithLogitsLoss`` applies the sigmoid itself; what else is done with the scores tells which of
them was meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, call_of, piece, replaced
from shapecheck.reading.failing import failed, maker, operand, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, last_name, source_of, user_sources, walk, written_as

CAUSE = "scores_for_probabilities"
_OF_SCORES = {
    "BCELoss": "BCEWithLogitsLoss",
    "binary_cross_entropy": "binary_cross_entropy_with_logits",
}
# What else may be put behind scores; of these only the sigmoid gives what this loss takes.
_OTHERS = ("tanh", "relu")
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
    made = trace(evidence, item.span)
    place = made[-1].span if made else item.span
    yield from _other_activation(place)
    sources = user_sources(evidence)
    is_squashed = any(any(source.calls("sigmoid", "Sigmoid")) for source in sources)
    is_read = any(_reads_probabilities(source) for source in sources) or not _is_binary(operation)
    at_end, of_loss = (_LESS, _LIKELY) if is_squashed and not is_read else (_LIKELY, _LESS)
    yield from _at_end(place, item, at_end)
    yield from _of_loss(evidence, operation, of_loss)


def _other_activation(place: Span) -> Iterator[Candidate]:
    """The sigmoid in place of another activation that stands there."""
    call = call_of(place)
    if call is not None and last_name(call.func) in _OTHERS:
        func = piece(place, call.func)
        home = func.text.rpartition(".")[0]
        text = "torch.sigmoid" if home in ("F", "functional", "nn.functional") else f"{home}.sigmoid"
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
    for node in walk(source.tree):
        if isinstance(node, ast.Compare) and any(
            isinstance(each, ast.Constant) and each.value == 0.5 for each in (node.left, *node.comparators)
        ):
            return True
    return any(source.calls("round"))


def _is_binary(operation: Operation) -> bool:
    """Whether the targets are all 0 or 1, not shades between, as those of pictures are."""
    target = operand(operation, "target")
    facts = target.value.facts if target is not None else {}
    return facts.get("whole", 1.0) == 1.0 and facts.get("min", 0.0) >= 0 and facts.get("max", 1.0) <= 1
