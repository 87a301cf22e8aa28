"""Every prediction against every target: shapes that broadcast where they were meant to be the same."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.pairs import operands, predicted_in, spread, spreads
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, EQUALS, SAME_NUMBERS

_DIFFERS = frozenset(["sub", "rsub", "square", "mul", "div"])
_BROADCASTING = REDUCING - {"cross_entropy", "nll_loss", "ctc_loss", "triplet_margin_loss", "cosine_embedding_loss"}
_WHOLE = frozenset(["mean", "sum", "item", "nanmean"])


def outer(step: Step) -> Iterator[Sighting]:
    """Elementwise operations whose two operands spread along each other's axes."""
    predicted = predicted_in(step)
    for index in range(step.first, step.last):
        node = step.node(index)
        if node.name not in EQUALS | _DIFFERS | _BROADCASTING | {"masked_select"} or node.spot is None:
            continue
        pair = operands(node)
        if pair is None or not any(ref in predicted for ref in pair):
            continue
        shapes = [step.tape.shape(ref) for ref in pair]
        if all(ref in predicted for ref in pair) and not _is_by_chance(step, pair):
            continue
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
    if any(_is_turned(step, ref) for ref in pair):
        return True
    return all(_adds_axis(step.node(ref.node)) for ref in pair)


def _is_turned(step: Step, ref: Ref) -> bool:
    """Whether it was made one single row, which nothing but a table of pairs needs."""
    shape, name = step.tape.shape(ref), step.node(ref.node).name
    return len(shape) == 2 and shape[0] == 1 and name in CUTS | {"t", "T", "mT", "transpose"}


def _is_by_chance(step: Step, pair: tuple[Ref, Ref]) -> bool:
    """Whether two predictions spread only since one of them lost its last axis: a column against a row.

    All pairs of scores are meant as often as not where an axis was added for them, or where both are the same scores.
    """
    column, row = sorted(pair, key=lambda ref: -len(step.tape.shape(ref)))
    shape = step.tape.shape(column)
    if len(shape) != 2 or shape != (*step.tape.shape(row), 1):
        return False
    if any(step.node(ref.node).kind == "parameter" for ref in pair):
        return False
    ways = [_way(step, ref) for ref in pair]
    return ways[0][-1] != ways[1][-1] and not any(_adds_axis(step.node(ref.node)) for way in ways for ref in way)


def _way(step: Step, ref: Ref) -> list[Ref]:
    """A tensor and what it was made of by moving its numbers only."""
    found = [ref]
    while step.node(ref.node).name in SAME_NUMBERS - {"cat", "stack"} and step.node(ref.node).parents:
        ref = step.node(ref.node).parents[0]
        found.append(ref)
    return found


def _adds_axis(node: Node) -> bool:
    if node.name in ("unsqueeze", "expand", "repeat"):
        return True
    if node.name in CUTS and node.shapes[0][-1:] == (1,):
        return True
    index = node.args[1] if node.name == "__getitem__" and len(node.args) > 1 else ()
    return any(part is None for part in (index if isinstance(index, tuple) else (index,)))


def _is_reduced(step: Step, node: Node) -> bool:
    """Whether the whole of what comes out ends up as one number, with nothing but plain arithmetic on the way."""
    if node.name in REDUCING:
        return not node.shapes[0]
    if node.name == "masked_select":
        # Who selects wants a part of what there is, never each item many times.
        return True
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
    in_evaluation=True,
)
