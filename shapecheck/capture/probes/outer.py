"""Every prediction against every target: shapes that broadcast where they were meant to be the same."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.pairs import operands, predicted_in, spread, spreads
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import EQUALS

_DIFFERS = frozenset(
    ["sub", "__sub__", "__rsub__", "rsub", "subtract", "square_", "mul", "__mul__", "multiply", "div", "true_divide"]
)
_BROADCASTING = REDUCING - {"cross_entropy", "nll_loss", "ctc_loss", "triplet_margin_loss", "cosine_embedding_loss"}
_WHOLE = frozenset(["mean", "sum", "item", "nanmean"])


def outer(step: Step) -> Iterator[Sighting]:
    """Elementwise operations whose two operands spread along each other's axes."""
    predicted = predicted_in(step)
    for index in range(step.first, step.last):
        node = step.node(index)
        if node.name not in EQUALS | _DIFFERS | _BROADCASTING or node.spot is None:
            continue
        pair = operands(node)
        if pair is None or sum(ref in predicted for ref in pair) != 1:
            continue
        shapes = [step.tape.shape(ref) for ref in pair]
        if not spreads(*shapes) or _is_meant(node, step, pair) or not _is_reduced(step, node):
            continue
        kind = "every_prediction_with_every_target" if node.name not in EQUALS else "every_guess_with_every_label"
        text = (
            f"{shapes[0]} against {shapes[1]} spreads to {spread(*shapes)}: every prediction is held against every "
            "target, not against its own"
        )
        yield sighted(kind, node, text)


def _is_meant(node: Node, step: Step, pair: tuple[Ref, Ref]) -> bool:
    """Whether the new axis was put there for this: in the same statement, or in both operands."""
    assert node.spot is not None
    statement = node.spot.statement
    if "None" in statement or "unsqueeze" in statement or "newaxis" in statement:
        return True
    return all(_adds_axis(step.node(ref.node)) for ref in pair)


def _adds_axis(node: Node) -> bool:
    if node.name in ("unsqueeze", "expand", "repeat"):
        return True
    index = node.args[1] if node.name == "__getitem__" and len(node.args) > 1 else ()
    return any(part is None for part in (index if isinstance(index, tuple) else (index,)))


def _is_reduced(step: Step, node: Node) -> bool:
    """Whether the whole of what comes out ends up as one number, with nothing but plain arithmetic on the way."""
    if node.name in REDUCING:
        return not node.shapes[0]
    reached = {Ref(node.index)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if not any(parent in reached for parent in other.parents):
            continue
        if other.name in _WHOLE and not other.shapes[0]:
            return True
        if other.shapes[0] != node.shapes[0]:
            return False
        reached.add(Ref(index))
    return False


PROBE = Probe(
    "no elementwise operation holds every prediction against every target",
    lambda look: outer(look.step),
    needs_no_run=True,
)
