"""Tables of answers with a line for each class, made of what models returned, and which of their axes counts these."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.capture.instruments.axes.features_axis import made_along
from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.recording.tape import Node, Ref, Tape

_EACH = ELEMENTWISE | frozenset(
    ["gt", "lt", "ge", "le", "eq", "ne", "sub", "rsub", "bitwise_and", "bitwise_or", "bitwise_not", "bitwise_xor",
     "logical_and", "logical_or", "logical_not", "logical_xor", "round", "int", "long", "bool", "detach", "clone",
     "where", "minimum", "maximum", "softmax", "pow", "square", "abs", "dropout"]
)  # fmt: skip
_MOST = 60
_HOPS = 8


@dataclass(frozen=True, slots=True)
class Answers:
    """What a table is made of.

    Args:
        axis: Its axis that counts the classes.
        is_predicted: Whether a model's answers are in it.
        is_compared: Whether something else is, such as labels.
        picks_own: Whether labels with a single 1 a row meet scores: what is left of each is the score of its own class.
    """

    axis: int
    is_predicted: bool
    is_compared: bool
    picks_own: bool = False


def answers_in(tape: Tape, table: Ref) -> Answers | None:
    """What a table is made of, number by number; None if nothing says which axis counts the classes."""
    returned = {ref for root in tape.roots for ref in root.outputs}
    axes: set[int | None] = set()
    is_predicted = is_compared = has_scores = has_ones = False
    seen: set[Ref] = set()
    open_refs: list[tuple[Ref, tuple[Node, ...], bool]] = [(table, (), False)]
    while open_refs and len(seen) < _MOST:
        ref, turns, is_guess = open_refs.pop()
        if ref in seen:
            continue
        seen.add(ref)
        node, is_guess = tape.nodes[ref.node], is_guess or ref in returned
        axis = made_along(node)
        above = _above(tape, node, len(tape.shape(ref))) if axis is None else []
        if above:
            turn = (node,) if turned(tape, node, 0) is not None else ()
            open_refs += [(part, (*turns, *turn), is_guess) for part in above]
            continue
        if axis is not None:
            is_guess |= node.name != "one_hot" or _is_returned(tape, node.parents[0], returned)
            has_scores |= node.name != "one_hot"
            has_ones |= node.name == "one_hot" and not is_guess
            axes.add(_behind(tape, turns, axis))
        is_predicted, is_compared = is_predicted or is_guess, is_compared or not is_guess
    axis = axes.pop() if len(axes) == 1 else None
    return Answers(axis, is_predicted, is_compared, has_scores and has_ones) if axis is not None else None


def _above(tape: Tape, node: Node, ndim: int) -> list[Ref]:
    """The tables that one was made of number by number, turned or put one behind the other."""
    if node.function is None or not node.parents or ndim < 2:
        return []
    if node.name in _EACH:
        return [part for part in node.parents if len(tape.shape(part)) == ndim]
    is_joined = node.name == "cat" and node.argument(1, "dim", default=0) == 0
    return [node.parents[0]] if is_joined or turned(tape, node, 0) is not None else []


def _behind(tape: Tape, turns: tuple[Node, ...], axis: int) -> int | None:
    """Where an axis is behind some turns, of which the last comes first."""
    at: int | None = axis
    for node in reversed(turns):
        at = turned(tape, node, at) if at is not None else None
    return at


def _is_returned(tape: Tape, ref: Ref, returned: set[Ref]) -> bool:
    """Whether what is counted by its class was chosen among a model's answers."""
    return any(at in returned for at, _ in backwards(tape, ref, None, _HOPS))
