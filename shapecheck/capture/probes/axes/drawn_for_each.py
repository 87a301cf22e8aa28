"""What was drawn for each sample and meets the data along another axis, before a model is given both."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.rows.drawn_apart import DRAWS_ANY, made_of
from shapecheck.capture.instruments.trials.operand_edits import with_calls
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CONVERTS, SELECTS, TAKES_ROWS
from shapecheck.findings import Fix

_PICKS = TAKES_ROWS | {"gather", "take", "embedding"}
_TABLES = frozenset(["embedding", "one_hot"])
_HOPS = 12


def drawn_for_each(step: Step) -> Iterator[Sighting]:
    """``level[t] * x`` with a time that was drawn for each sample, where there are as many features as samples.

    It is drawn anew for each step. That it belongs to the samples is seen by where it stands beside: it is an input of
    the model as well, or made a column, or a table has a row for it.
    """
    turn = max((place for place in step.tape.updates if place <= step.first), default=step.first)
    given = {ref for root in step.roots for ref in root.inputs}
    data = set[int]().union(*(made_of(step.tape, ref) for ref in given))
    nodes = [step.node(index) for index in sorted(data) if index >= turn]
    found = [(node, at, drawn) for node in nodes for at in (0, 1) if (drawn := _drawn_along_last(step, node, at))]
    for drawn in dict.fromkeys(drawn for _, _, drawn in found):
        if drawn.node >= turn and _belongs_to_rows(step, drawn, data, is_given=drawn in given):
            yield _told([(node, at) for node, at, other in found if other == drawn])
            return


def _drawn_along_last(step: Step, node: Node, at: int) -> Ref | None:
    """What was drawn for one operand, where it has one axis, which lies along the last one of the other operand."""
    if node.name not in ARITHMETIC or node.spot is None or len(node.parents) != 2:
        return None
    short, other = node.parents[at], node.parents[1 - at]
    shape, out = step.tape.shape(short), node.shapes[0]
    if len(shape) != 1 or len(out) < 2 or step.tape.shape(other) != out or not shape[0] == out[0] == out[-1] > 1:
        return None
    drawn = _drawn(step, short)
    return None if drawn is None or drawn.node in made_of(step.tape, other) else drawn


def _drawn(step: Step, ref: Ref) -> Ref | None:
    """The numbers, drawn by chance, of which a tensor with one axis was made: by arithmetic, or as rows of a table."""
    (size,) = step.tape.shape(ref)
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name in DRAWS_ANY:
            return ref if node.shapes[0] == (size,) else None
        picked = [parent for parent in node.parents[1:] if node.name in _PICKS]
        alike = [parent for parent in picked or node.parents if step.tape.shape(parent) == (size,)]
        if len(alike) != 1:
            return None
        ref = alike[0]
    return None


def _belongs_to_rows(step: Step, drawn: Ref, data: set[int], *, is_given: bool) -> bool:
    """Whether what was drawn stands along the first axis of something else that the model is given, or makes of it.

    A column may belong to the features as well, which are the tokens of a model that has one for each of them.
    """
    same, columns = {drawn}, dict[Ref, int]()
    for index in range(drawn.node + 1, step.last):
        node = step.node(index)
        if not node.parents or node.parents[0] not in same or not node.shapes:
            continue
        if node.name in CONVERTS | {"add", "mul", "div", "sub"} and node.shapes[0] == step.tape.shape(drawn):
            same.add(node.ref)
        elif (index in data or index in step.to_loss) and _is_column(step, node):
            columns[node.ref] = 0
    behind = range(min(ref.node for ref in columns) + 1, step.last) if columns else ()
    held = followed(step.tape, columns, behind, through_layers=True)
    return (is_given or bool(columns)) and not any(held.values())


def _is_column(step: Step, node: Node) -> bool:
    (size,), shape = step.tape.shape(node.parents[0]), node.shapes[0]
    if node.name in _TABLES:
        return True
    is_made = node.name in SELECTS | {"unsqueeze", "view", "reshape"}
    return is_made and len(shape) > 1 and shape[0] == size and all(each == 1 for each in shape[1:])


def _told(spread: list[tuple[Node, int]]) -> Sighting:
    node = spread[0][0]
    shape, size = node.shapes[0], node.shapes[0][0]
    call = ".unsqueeze(-1)" if len(shape) == 2 else f".view({', '.join(['-1', *['1'] * (len(shape) - 1)])})"
    text = (
        f"{(size,)} has one item for each of the {size} samples, for which it was drawn; here it is spread along the "
        f"last axis of {shape}, which is as long, so that sample k of it meets item k of all samples"
    )
    alike = [(other, place) for other, place in spread if other.shapes[0] == shape]
    return sighted("spread_along_other_axis", node, text, (Fix(call[1:], with_calls(alike, call), "no"),))


PROBE = Probe(
    "what is drawn for each sample meets that sample in the data",
    lambda look: drawn_for_each(look.step),
    needs_no_run=True,
)
