"""Every prediction against every target: shapes that broadcast where they were meant to be the same."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.probes.replay import descendants
from shapecheck.capture.probes.sighting import Sighting, sighted
from shapecheck.capture.probes.step import REDUCING, Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.capture.probes.vocabulary import EQUALS

_DIFFERS = frozenset(
    ["sub", "__sub__", "__rsub__", "rsub", "subtract", "square_", "mul", "__mul__", "multiply", "div", "true_divide"]
)
_BROADCASTING = REDUCING - {"cross_entropy", "nll_loss", "ctc_loss", "triplet_margin_loss", "cosine_embedding_loss"}
_WHOLE = frozenset(["mean", "sum", "item", "nanmean"])


def outer(step: Step) -> Iterator[Sighting]:
    """Elementwise operations whose two operands spread along each other's axes."""
    predicted = _predicted(step)
    for index in range(step.first, step.last):
        node = step.node(index)
        if node.name not in EQUALS | _DIFFERS | _BROADCASTING or node.spot is None:
            continue
        pair = _operands(node)
        if pair is None or sum(ref in predicted for ref in pair) != 1:
            continue
        shapes = [step.tape.shape(ref) for ref in pair]
        if not spreads(*shapes) or _is_meant(node, step, pair) or not _is_reduced(step, node):
            continue
        kind = "every_prediction_with_every_target" if node.name not in EQUALS else "every_guess_with_every_label"
        text = (
            f"{shapes[0]} against {shapes[1]} spreads to {_spread(*shapes)}: every prediction is held against every "
            "target, not against its own"
        )
        yield sighted(kind, node, text)


def whole_argmax(step: Step) -> Iterator[Sighting]:
    """One index into a whole matrix, held against a label for each row."""
    predicted = _predicted(step)
    for index in range(step.first, step.last):
        node = step.node(index)
        if node.name not in EQUALS or node.spot is None:
            continue
        pair = _operands(node)
        if pair is None:
            continue
        for one, other in (pair, pair[::-1]):
            made = step.node(one.node)
            if (
                made.name in ("argmax", "argmin")
                and step.tape.shape(one) == ()
                and one in predicted
                and len(step.tape.shape(made.parents[0])) >= 2
                and len(step.tape.shape(other)) == 1
                and step.tape.shape(other)[0] in step.tape.shape(made.parents[0])
                and other not in predicted
            ):
                text = (
                    f"argmax without dim gives one index into the whole {step.tape.shape(made.parents[0])}, "
                    f"which is then held against each of the labels {step.tape.shape(other)}"
                )
                yield sighted("index_into_the_whole", made, text)


def _predicted(step: Step) -> set[Ref]:
    """All that hangs on the parameters in this step, measured or trained on."""
    parameters = {
        ref
        for index in range(step.first, step.last)
        for ref in step.node(index).parents
        if step.node(ref.node).kind == "parameter"
    }
    learned = parameters | step.learned
    found = descendants(step.tape, learned, range(step.first, step.last))
    return learned | {Ref(index, out) for index in found for out in range(len(step.node(index).shapes))}


def _operands(node: Node) -> tuple[Ref, Ref] | None:
    parents = node.parents
    return (parents[0], parents[1]) if len(parents) >= 2 else None


def spreads(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether both spread along an axis of the other's, and over the same number of items."""
    ndim = max(len(one), len(other))
    first, second = (1,) * (ndim - len(one)) + one, (1,) * (ndim - len(other)) + other
    mine = [a for a, b in zip(first, second, strict=True) if a > 1 and b == 1]
    theirs = [b for a, b in zip(first, second, strict=True) if b > 1 and a == 1]
    return len(mine) == 1 and mine == theirs


def _spread(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    ndim = max(len(one), len(other))
    first, second = (1,) * (ndim - len(one)) + one, (1,) * (ndim - len(other)) + other
    return tuple(max(a, b) for a, b in zip(first, second, strict=True))


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
