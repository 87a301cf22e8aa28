"""Scores that are cut anew on their way to the loss: does each position still meet its own target?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.rows.recuts import RESHAPES
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import Moves, difference, probe, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

# Behind the last layer stand a softmax, a few turns and the loss; further away a reshape has other reasons.
_NEAR = 14
_ITEMS = 3
# Of so many positions that move with the scores one may stay where the target moves: two classes may score the same.
_ONE_IN = 50

Pairs = dict[int, int | None]


def recut_scores(step: Step) -> Iterator[Sighting]:
    """A view or reshape of the scores behind which position k of no axis meets position k of the targets.

    The positions of the scores themselves are replaced, not those of the input, so a layer that mixes all steps of a
    sequence hides nothing. It counts only if with the axes in another order every position meets its own target, and
    what met before still does.
    """
    asked: dict[Ref, dict[int, Moves] | None] = {}
    for node in step.of_loss:
        if node.name not in RESHAPES or not node.parents:
            continue
        scores = node.parents[0]
        behind = [at for at in descendants(step.tape, {scores}, step.order) if at in step.to_loss]
        if scores not in step.learned or len(behind) > _NEAR or len(step.tape.shape(scores)) < 2:
            continue
        for target in step.targets:
            if len(step.tape.shape(target)) < 2:
                continue
            if target not in asked:
                asked[target] = _asked(step, target)
            moves = asked[target]
            try:
                seen = _judged(step, node, scores, target, moves) if moves else None
            except Exception:
                # A target on which the shapes depend, such as lengths.
                continue
            if seen is not None:
                yield seen
                return


def _asked(step: Step, target: Ref) -> dict[int, Moves] | None:
    """What moves with the items of each axis of a target; None for one on which the shapes depend, such as lengths."""
    sizes = step.tape.shape(target)
    try:
        found = {axis: probe(step, target, axis, count=_ITEMS) for axis, size in enumerate(sizes[:4]) if size > 1}
    except Exception:
        return None
    return {axis: moves for axis, moves in found.items() if _reaches(step, moves)}


def _judged(step: Step, node: Node, scores: Ref, target: Ref, asked: dict[int, Moves]) -> Sighting | None:
    sizes = step.tape.shape(target)
    before = _met(step, scores, asked, None)
    lost = [axis for axis, own in before.items() if own is None and sizes[axis] in step.tape.shape(scores)]
    if not lost or len(lost) == len(before):
        # Where nothing meets, the rows as a whole stand in another order, or the loss compares other things.
        return None
    if _are_met_by_parts(step, scores, [asked[axis] for axis in lost]):
        return None
    for other in alternatives(step, node.index):
        if other.kind != "reshape":
            continue
        try:
            after = _met(step, scores, asked, other.instead, is_whole=True)
        except Exception:
            # It does not fit, so it was not meant.
            continue
        places = [after[axis] for axis in sorted(after)]
        if None in places or not _rises(places):
            continue
        if all(after[axis] == own for axis, own in before.items() if own is not None):
            text = (
                f"position k of axis {after[lost[0]]} of the scores {step.tape.shape(scores)} and position k of axis "
                f"{lost[0]} of the targets {sizes} meet in no term of the loss: {node.name} cut the numbers anew"
            )
            fix = Fix(other.title, (), "call", "every position meets its own target")
            return sighted("rows_in_another_order", node, text, (fix,))
    return None


def _are_met_by_parts(step: Step, scores: Ref, asked: Sequence[Moves]) -> bool:
    """Whether some of the targets' axes are met by a part of what the features are cut into.

    A layer that makes several classes or coordinates for each of several anchors is cut so, and an axis of places that
    is as long as a part by chance is none of it. Where no layer says which axis holds the features, it may be any.
    """
    sizes = step.tape.shape(scores)
    known = features_of(step.tape, [at for at in step.order if at <= scores.node]).get(scores)
    for axis in range(len(sizes)) if known is None else (known,):
        for wanted in asked:
            count = step.tape.shape(wanted.source)[wanted.axis]
            others = sizes[axis] // count
            if others < 2 or sizes[axis] % count:
                continue
            behind = [range(at, sizes[axis], count) for at in wanted.items]
            beside = [range(at * others, (at + 1) * others) for at in wanted.items]
            if any(_agree(step, _moves(step, scores, axis, parts), wanted) for parts in (behind, beside)):
                return True
    return False


def _moves(step: Step, scores: Ref, axis: int, parts: Sequence[range]) -> Moves:
    """What moves with each of several parts of an axis."""
    base, value = step.run(), step.value(scores)
    moved = []
    for part in parts:
        other = value
        for item in part:
            other = replaced_item(other, axis, item)
        after = step.changed(scores, other)
        moved.append({ref: difference(base[ref], out) for ref, out in after.items() if ref in base})
    return Moves(scores, axis, tuple(part[0] for part in parts), tuple(moved))


def _rises(places: Sequence[int | None]) -> bool:
    numbers = [place for place in places if place is not None]
    return numbers == sorted(numbers)


def _reaches(step: Step, moves: Moves) -> bool:
    """Whether in some term each position moves something, and not all there is: a term of whole samples tells none."""
    return any(all(_is_apart(moved.get(term.ref)) for moved in moves.moved) for term in step.terms)


def _is_apart(moved: Tensor | None) -> bool:
    return moved is not None and bool(moved.any()) and not bool(moved.all())


def _met(
    step: Step, scores: Ref, asked: dict[int, Moves], instead: dict[int, Run] | None, *, is_whole: bool = False
) -> Pairs:
    """Axis of the target -> the axis of the scores whose position k moves terms of the target's position k alone.

    Where all of them are to have one, the first that has none is the last that is asked.
    """
    sizes = step.tape.shape(scores)
    found: Pairs = {}
    for axis, wanted in asked.items():
        size = step.tape.shape(wanted.source)[axis]
        own = [at for at, other in enumerate(sizes) if other == size and at not in found.values()]
        found[axis] = next((at for at in own if _agree(step, probe(step, scores, at, instead, _ITEMS), wanted)), None)
        if is_whole and found[axis] is None:
            break
    return found


def _agree(step: Step, moves: Moves, asked: Moves) -> bool:
    met = 0
    for term in step.terms:
        for one, other in zip(moves.moved, asked.moved, strict=True):
            if term.ref not in one or term.ref not in other:
                continue
            mine, theirs = one[term.ref], other[term.ref]
            if bool(theirs.all()):
                continue
            if mine.shape != theirs.shape or not bool(mine.any()):
                return False
            if int((mine & ~theirs).sum()) * _ONE_IN > int(mine.sum()):
                return False
            met += 1
    return met > 0


PROBE = Probe(
    "scores and target of a position meet",
    lambda look: recut_scores(look.step),
)
