"""Every prediction against every target: shapes that broadcast where they were meant to be the same."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.axes.left_axes import left_axis
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.same_shapes import same_shapes
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.graphs import records
from shapecheck.capture.instruments.tensors.pairs import predicted_in, puts_axis_in, spread
from shapecheck.capture.instruments.tensors.scales import meets_scale
from shapecheck.capture.instruments.tensors.spread_inside import (
    ADDED,
    Spread,
    apart,
    asked_otherwise,
    given_to_likelihood,
    is_asked_of_all,
    meets_others,
    spread_by,
    spread_inside,
)
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, EQUALS, JOINS, REARRANGES, SOFTMAXES, TOTALS
from shapecheck.findings import Fix

_MEETS = frozenset(
    ["sub", "rsub", "mul", "div", "rdiv", "add", "pow", "min", "max", "minimum", "maximum", "lerp", "xlogy"]
)
_AGREES = EQUALS | {"bitwise_and", "bitwise_or", "bitwise_xor", "logical_and", "logical_or", "logical_xor"}
_BROADCASTING = REDUCING - {"cross_entropy", "nll_loss", "ctc_loss", "triplet_margin_loss", "cosine_embedding_loss"}
_WHOLE = TOTALS | {"item", "norm", "vector_norm"}
# These make something of a table that is more than each of its numbers for itself.
_OF_TABLES = SOFTMAXES | {"triu", "tril", "cumsum", "sort", "logcumsumexp", "fill_diagonal_", "masked_fill", "where"}
# Who reads these wants the items of each pair, and not only those that belong together.
_DIAGONALS = frozenset(["diag", "diagonal", "trace"])
# Whether a distribution may have such numbers.
_CHECKS = frozenset(["_is_all_true"])
_HOPS = 12


def outer(step: Step) -> Iterator[Sighting]:
    """Elementwise operations whose two operands spread along each other's axes."""
    # What a whole evaluation was collected to stands in front of an empty step.
    first = step.first if step.first < step.last else step.tape.evaluated_from
    predicted = predicted_in(step, first)
    found = [one for one in _spreading(step, first) if not _is_meant(one.node, step, one.pair)]
    tables = {ref for one in found for ref in one.tables}
    for one in found:
        node, pair = one.node, one.pair
        is_learned = [ref in predicted for ref in pair]
        if all(is_learned) and not _is_by_chance(step, one):
            continue
        if not any(is_learned) and (meets_scale(step, node) or not _meets_predicted(step, node, pair, predicted)):
            continue
        if any(is_learned) and node.name not in _BROADCASTING and _is_of_parameters(step, pair):
            continue
        if given_to_likelihood(node) is not None and is_asked_of_all(step, one):
            continue
        if not _is_reduced(step, one, tables) or any(_lost_too_many(step, ref) for ref in pair):
            continue
        kind = "every_prediction_with_every_target" if node.name not in _AGREES else "every_guess_with_every_label"
        text = (
            f"{one.shapes[0]} against {one.shapes[1]} spreads to {spread(*one.shapes)}: every prediction is held "
            "against every target, not against its own"
        )
        left = left_axis(step, node, pair, first) if given_to_likelihood(node) is None else None
        if left is not None and node.spot is not None:
            text = f"{text.partition(':')[0]} in line {node.spot.line}:{text.partition(':')[2]}; {left.text}"
            yield sighted(kind, left.node, text, (left.fix,))
            continue
        yield sighted(kind, node, text, _fixes(step, one, predicted))


def _fixes(step: Step, one: Spread, predicted: set[Ref]) -> tuple[Fix, ...]:
    """What would keep them apart; of a distribution only what it is asked of can be changed where it is asked."""
    if given_to_likelihood(one.node) is None:
        return same_shapes(step, one.node, one.pair) if one.node.name != "expand" else ()
    data = [at for at, ref in enumerate(one.pair) if ref not in predicted]
    call = apart(one.shapes, data[0]) if len(data) == 1 else ""
    # What gained an axis would meet the next tensor that has none.
    return asked_otherwise(one, call) if call and not (call == ADDED and meets_others(step, one)) else ()


def _lost_too_many(step: Step, ref: Ref) -> bool:
    """Whether a squeeze that names no axis dropped several on the way to the loss, which is told where it stands."""
    node = step.node(ref.node)
    if node.name != "squeeze" or len(node.args) != 1 or node.kwargs:
        return False
    if node.index not in step.to_loss and not records(node):
        return False
    return step.tape.shape(node.parents[0]).count(1) > 1


def _spreading(step: Step, first: int) -> Iterator[Spread]:
    for index in range(first, step.last):
        node = step.node(index)
        if node.spot is None:
            continue
        if node.name == "expand" and (inside := spread_inside(step, node)) is not None:
            yield inside
        elif node.name in _AGREES | _MEETS | _BROADCASTING | {"masked_select"}:
            own = spread_by(step, node)
            if own is not None:
                yield own


def _meets_predicted(step: Step, node: Node, pair: tuple[Ref, Ref], predicted: set[Ref]) -> bool:
    """Whether what two tensors of data spread to is what a prediction of the size of one of them is held against."""
    shapes = {step.tape.shape(ref) for ref in pair}
    readers = [step.node(at) for at in range(node.index + 1, step.last) if node.ref in step.node(at).parents]
    return any(
        reader.name in _BROADCASTING | {"sub", "rsub"}
        and any(ref in predicted and step.tape.shape(ref) in shapes for ref in reader.parents[:2])
        for reader in readers
    )


def _is_of_parameters(step: Step, pair: tuple[Ref, Ref]) -> bool:
    """Whether one of them is a parameter, of which each number may well meet each sample."""
    return any(origin(step.tape, ref, REARRANGES)[1].kind == "parameter" for ref in pair)


def _is_meant(node: Node, step: Step, pair: tuple[Ref, Ref]) -> bool:
    """Whether the new axis was put there for this: in the same statement, or in both operands.

    A loss that makes one number of two tensors with as many numbers is no table of pairs, whoever added the axis.
    """
    assert node.spot is not None
    if node.name in _BROADCASTING and not node.shapes[0] and len({prod(step.tape.shape(ref)) for ref in pair}) == 1:
        return any(_is_turned(step, ref) for ref in pair) or all(_adds_axis(step.node(ref.node)) for ref in pair)
    statement = node.spot.statement
    is_said = "None" in statement or "unsqueeze" in statement or "newaxis" in statement
    if is_said and (node.name not in _BROADCASTING | {"add", "rsub"} or any(_is_put_there(step, ref) for ref in pair)):
        return True
    if any(_is_turned(step, ref) for ref in pair):
        return True
    return all(_adds_axis(step.node(ref.node)) for ref in pair)


def _is_put_there(step: Step, ref: Ref, hops: int = 8) -> bool:
    """Whether an axis was added to all of a size that a tensor was made of."""
    node, shape = step.node(ref.node), step.tape.shape(ref)
    if _adds_axis(node):
        return True
    same = [parent for parent in node.parents if step.tape.shape(parent) == shape]
    return bool(same) and hops > 0 and all(_is_put_there(step, parent, hops - 1) for parent in same)


def _is_turned(step: Step, ref: Ref) -> bool:
    """Whether it was made one single row, which nothing but a table of pairs needs."""
    shape, name = step.tape.shape(ref), step.node(ref.node).name
    return len(shape) == 2 and shape[0] == 1 and name in CUTS | {"t", "T", "mT", "transpose"}


def _is_by_chance(step: Step, one: Spread) -> bool:
    """Whether two predictions spread only since one of them lost its last axis: a column against a row.

    All pairs of scores are meant as often as not where an axis was added for them, or where both are the same scores.
    """
    row, column = sorted(one.shapes, key=len)
    pair = one.pair
    if column != (*row, 1):
        return False
    if any(step.node(ref.node).kind == "parameter" for ref in pair):
        return False
    ways = [[*backwards(step.tape, ref, REARRANGES)] for ref in pair]
    return ways[0][-1] != ways[1][-1] and not any(_adds_axis(node) for way in ways for _, node in way)


def _adds_axis(node: Node) -> bool:
    return node.name in ("expand", "repeat") or puts_axis_in(node)


def _is_reduced(step: Step, one: Spread, tables: set[Ref]) -> bool:
    """Whether the whole of what comes out ends up as one number, with nothing but plain arithmetic on the way.

    A table that meets another one of its size, which came about otherwise, is one that was wanted.
    """
    node = one.node
    if node.name in REDUCING and node.ref in one.tables and not node.shapes[0]:
        return True
    # Who selects wants a part of what there is, never each item many times.
    return node.name == "masked_select" or _is_reduced_behind(step, one, tables)


def _is_reduced_behind(step: Step, one: Spread, tables: set[Ref]) -> bool:
    reached, known = {*one.tables}, {*tables}
    found = False
    for index in range(min(ref.node for ref in known) + 1, step.last):
        other = step.node(index)
        mine = [parent for parent in other.parents if parent in known]
        known |= {Ref(index)} if mine and other.shapes[0] == one.shape else set()
        if not any(parent in reached for parent in mine) or other.name in _CHECKS:
            continue
        rest = [parent for parent in other.parents if parent not in known]
        if any(step.tape.shape(ref) == one.shape or step.node(ref.node).kind == "parameter" for ref in rest):
            return False
        if (other.name in _WHOLE | _BROADCASTING and not other.shapes[0]) or (
            other.name in TOTALS and (_is_summed_on(step, other, one.node) or _is_of_rows(step, other, one))
        ):
            found = True
        elif other.name in JOINS and set(other.parents) <= known:
            found |= _is_made_one(step, other)
        elif other.name in _DIAGONALS:
            return False
        elif other.shapes[0] != one.shape or (other.name in _OF_TABLES and (other.name != "where" or rest)):
            return found
        else:
            reached.add(Ref(index))
    return found


def _is_made_one(step: Step, node: Node) -> bool:
    """Whether tables that were put together end up as one number, be it along one axis after the other."""
    readers = [step.node(at) for at in range(node.index + 1, step.last) if node.ref in step.node(at).parents]
    return bool(readers) and all(
        one.name in TOTALS and (not one.shapes[0] or _is_made_one(step, one)) for one in readers
    )


def _is_of_rows(step: Step, total: Node, one: Spread) -> bool:
    """Whether likelihoods are summed over all that one row of a layer's outputs was asked of.

    They are meant to be those of the numbers of one action, of which there is one only where each row has its own.
    """
    if given_to_likelihood(one.node) is None or len(one.shape) != 2 or reduced_axes(step, total) != (1,):
        return False
    return [_is_by_layer(step, ref, one) for ref in one.pair].count(True) == 1


def _is_by_layer(step: Step, ref: Ref, one: Spread) -> bool:
    ways = backwards(step.tape, ref, None, _HOPS)
    return any(node.module is not None and node.shapes[0][:1] == one.shape[:1] for _, node in ways)


def _is_summed_on(step: Step, node: Node, table: Node) -> bool:
    """Whether what a sum along some axes leaves is made one number: at once, or where maps were summed by arithmetic.

    What is left of a table of two rows may be meant to be one of all pairs, and its numbers to be worked on.
    """
    readers = [step.node(at) for at in range(node.index + 1, step.last) if node.ref in step.node(at).parents]
    return bool(readers) and all(
        (one.name in TOTALS and not one.shapes[0])
        or (len(table.shapes[0]) > 3 and _is_worked_on(step, one, table) and _is_summed_on(step, one, table))
        for one in readers
    )


def _is_worked_on(step: Step, node: Node, table: Node) -> bool:
    """Whether it is arithmetic, with nothing beside it that has a number for each pair as well."""
    pairs = [ref for ref in node.parents if step.tape.shape(ref) == node.shapes[0]]
    is_made_of_it = all(table.index in ancestors(step.tape, [ref], table.index) for ref in pairs)
    return node.name in _MEETS and bool(pairs) and is_made_of_it


PROBE = Probe(
    "no elementwise operation holds every prediction against every target",
    lambda look: outer(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_collected=True,
    of_samples=True,
)
