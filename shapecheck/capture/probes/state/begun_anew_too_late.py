"""A state that is blanked behind a call, by flags that say whose sequence begins with what that call has read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, DROPS, NOISE
from shapecheck.findings import Fix

_DRAWN = NOISE | DROPS | {"randint"}
_HOPS = 8
_FEWEST = 3
_FEWEST_ROWS = 2


def begun_anew_too_late(look: Look) -> Iterator[Sighting]:
    """``out, state = model(item, state)`` and then ``state.masked_fill(fresh, 0)``, with ``fresh`` of the same batch.

    Which rows go on is exact: their next item is the one that they were asked for. Flags of ends speak of what comes
    next, and the rows that they blank do not go on. Where rows go on that were blanked, the flags speak of the item
    that was read: all of them do so at the very beginning, or just those do whose item was asked of nobody before.
    Where all of those have read one and the same thing, as a separator is, this may be what ended them.
    """
    step, before = look.step, look.before
    for one, other in _pairs(before, step) if before is not None else ():
        assert before is not None
        blanks = (blank for ref in _given(other) if (blank := _blank(step.tape, ref, one)) is not None)
        found = next(blanks, None)
        rows = _rows(before, found) if found is not None else None
        going = _going_on(before, step, one, _given(other), other.first, len(rows)) if rows is not None else None
        if found is None or rows is None or going is None or not bool(rows.any()) or not bool(going[rows].all()):
            continue
        if _have_read_the_same(before, one, rows):
            continue
        if bool(rows.all()):
            is_begun = len(rows) >= _FEWEST and _is_first(before, one) and _came_with(step.tape, found, one)
            is_known = is_begun and _says_otherwise_later(step, other, found)
            why = f"all {len(rows)} rows are blanked behind the very first call, which began with zeros"
        else:
            is_known, why = _begin_here(before, one, rows), _begun_here(rows)
        if is_known and found.spot is not None:
            yield _told(one, found, why)
            return


def begun_anew_behind(step: Step) -> Iterator[Sighting]:
    """The same of a step whose next one is not heard, but whose next batch is there: it was made before that began.

    That the state is handed on is seen in the call itself, which has begun with what another one left, blanked so.
    """
    for one in step.roots:
        earlier = [root for root in step.tape.roots if root.module is one.module and 0 < root.last <= one.first]
        if not earlier or sum(root.module is one.module for root in step.roots) != 1:
            continue
        blanks = (_blank(step.tape, ref, earlier[-1]) for ref in _given(one))
        known = next((blank for blank in blanks if blank is not None), None)
        behind = step.tape.nodes[one.last : step.last]
        found = next((node for node in behind if known is not None and node.repeats(known)), None)
        rows = _rows(step, found) if found is not None else None
        if found is None or rows is None or bool(rows.all()) or int(rows.sum()) < _FEWEST_ROWS:
            continue
        shapes = {step.tape.shape(ref) for ref in _given(one)}
        given = [node.ref for node in behind if node.index > found.index and node.shapes and node.shapes[0] in shapes]
        going = _going_on(step, step, one, given, step.last, len(rows))
        if going is None or not bool(going[rows].all()) or _have_read_the_same(step, one, rows):
            continue
        if _begin_here(step, one, rows) and found.spot is not None:
            yield _told(one, found, _begun_here(rows))
            return


def _begun_here(rows: Tensor) -> str:
    return (
        f"the items that were read by rows {torch.where(rows)[0].tolist()} were asked of nobody before, and their "
        "state is blanked behind that call"
    )


def _told(root: Root, blank: Node, why: str) -> Sighting:
    text = (
        f"{why}. The next item of each of these rows is the one that it was asked for, so its sequence goes on: the "
        "first item of a sequence is read with the state that another one has left, and what it leaves itself is "
        "thrown away"
    )
    seen = sighted("begun_anew_too_late", blank, text, (Fix("the same in front of the call", (), "no"),))
    spots = [*blank.spot.with_callers()] if blank.spot is not None and root.spot is not None else []
    beside = next((spot for spot in spots if root.spot is not None and spot.code is root.spot.code), None)
    # What a helper blanks is told where it is asked to, beside the call.
    return seen if beside is None else replace(seen, span=beside.span)


def _pairs(before: Step, step: Step) -> Iterator[tuple[Root, Root]]:
    """Calls of one model that follow one another, in two steps with one call of it each."""
    for one in before.roots:
        others = [other for other in step.roots if other.module is one.module]
        if len(others) == 1 and sum(root.module is one.module for root in before.roots) == 1:
            yield one, others[0]


def _given(root: Root) -> tuple[Ref, ...]:
    return (*root.inputs, *root.named.values())


def _blank(tape: Tape, ref: Ref, root: Root) -> Node | None:
    """Where rows of a state were blanked, on its way from what a call returned to what the next one is given."""
    found: Node | None = None
    for _ in range(_HOPS):
        if ref in root.outputs:
            return found
        node = tape.nodes[ref.node]
        if node.index < root.last or not node.parents:
            return None
        if node.name not in CONVERTS:
            if found is not None or _mask(tape, node) is None:
                return None
            found = node
        ref = _whole(tape, node)
    return None


def _whole(tape: Tape, node: Node) -> Ref:
    return next((ref for ref in node.parents if tape.shape(ref) == node.shapes[0]), node.parents[0])


def _mask(tape: Tape, node: Node) -> tuple[Ref, bool] | None:
    """By what rows are blanked, and whether it is one for these."""
    if node.name == "masked_fill" and len(node.args) > 2 and isinstance(node.args[1], Ref):
        return (node.args[1], True) if node.args[2] == 0 else None
    if node.name == "mul" and len(node.parents) == 2:
        small = [ref for ref in node.parents if tape.shape(ref) != node.shapes[0]]
        return (small[0], False) if len(small) == 1 else None
    return None


def _rows(step: Step, node: Node) -> Tensor | None:
    """Which rows are blanked: there is one number for each of them, and it was not drawn."""
    found = _mask(step.tape, node)
    if found is None:
        return None
    ref, hides = found
    if any(made.name in _DRAWN for _, made in backwards(step.tape, ref, None, _HOPS)):
        return None
    value = step.value_of_input(ref)
    sizes = [size for size in value.shape if size > 1] if value is not None else []
    if value is None or len(sizes) != 1 or not are_truths(value):
        return None
    return value.reshape(-1).bool() if hides else ~value.reshape(-1).bool()


def _going_on(before: Step, step: Step, one: Root, next_ones: Sequence[Ref], last: int, size: int) -> Tensor | None:
    """Which rows are given next what they were asked for; None where most are given something else."""
    same = _as_asked(before, step, one, next_ones, last, size)
    return same if same is not None and 2 * int(same.sum()) > size else None


def _as_asked(before: Step, step: Step, one: Root, next_ones: Sequence[Ref], last: int, size: int) -> Tensor | None:
    """Which rows are given next what they were asked for, by what says so of most of them."""
    asked = [before.value_of_input(ref) for ref in _asked(before.tape, one, last)]
    given = [step.value_of_input(ref) for ref in next_ones]
    pairs = [
        same
        for item in given
        for target in asked
        if item is not None and target is not None and (same := _same_rows(target, item, size)) is not None
    ]
    return max(pairs, key=lambda same: int(same.sum()), default=None)


def _asked(tape: Tape, root: Root, last: int) -> Iterator[Ref]:
    """What the losses behind a call hold its outputs against."""
    for node in tape.nodes[root.last : last]:
        if node.name in REDUCING and len(node.parents) > 1:
            yield node.parents[1]


def _same_rows(target: Tensor, item: Tensor, size: int) -> Tensor | None:
    """Row by row, whether the last thing asked for is the first one given."""
    if target.dtype != item.dtype or target.shape != item.shape or size not in target.shape[:2]:
        return None
    if target.ndim == 2 and not target.is_floating_point():
        axis = [*target.shape].index(size)
        if target.shape[1 - axis] == size:
            return None
        target, item = target.select(1 - axis, -1), item.select(1 - axis, 0)
    if target.shape[0] != size or target.ndim > 2 or len(target.unique()) < _FEWEST:  # type: ignore[no-untyped-call]
        return None
    same = target == item
    return same.all(1) if same.ndim == 2 else same


def _is_first(step: Step, root: Root) -> bool:
    """Whether a call was given zeros for its state: those outputs that come back have the shape of one."""
    shapes = {step.tape.shape(ref) for ref in root.outputs}
    values = [step.value_of_input(ref) for ref in _given(root) if step.tape.shape(ref) in shapes]
    return any(value is not None and value.is_floating_point() and not bool(value.any()) for value in values)


def _came_with(tape: Tape, blank: Node, root: Root) -> bool:
    """Whether flags were there before a call: what the script makes up behind it may say anything."""
    found = _mask(tape, blank)
    above = refs_above(tape, found[0], root.first) if found is not None else set()
    return not any(ref.node >= root.first and _is_made_up(tape.nodes[ref.node]) for ref in above)


def _is_made_up(node: Node) -> bool:
    """Whether a script made a tensor of what is not torch's; others that are data were only not seen before."""
    return node.kind == "data" and node.name != "data"


def _have_read_the_same(step: Step, root: Root, rows: Tensor) -> bool:
    """Whether a call was given one and the same thing for several rows, be it in one place of a sequence."""
    values = [step.value_of_input(ref) for ref in _given(root)]
    return int(rows.sum()) > 1 and any(value is not None and _is_same(value, rows) for value in values)


def _is_same(value: Tensor, rows: Tensor) -> bool:
    axes = [axis for axis, size in enumerate(value.shape) if size == len(rows)]
    if value.dtype == torch.bool or not axes or (value.is_floating_point() and not bool(value.any())):
        return False
    of_rows = value.movedim(axes[0], 0)[rows].reshape(int(rows.sum()), -1)
    same = (of_rows == of_rows[:1]).all(0)
    return bool(same.all() if value.is_floating_point() else same.any())


def _says_otherwise_later(step: Step, root: Root, blank: Node) -> bool:
    """Whether behind the next call some rows are left."""
    nodes = [node for node in step.tape.nodes[root.last : step.last] if node.repeats(blank)]
    rows = [_rows(step, node) for node in nodes]
    return any(each is not None and not bool(each.all()) for each in rows)


def _begin_here(step: Step, root: Root, rows: Tensor) -> bool:
    """Whether just these rows were given something else than they had been asked for before."""
    earlier = [one for one in step.tape.roots if one.module is root.module and one.last <= root.first and one.last > 0]
    going = _as_asked(step, step, earlier[-1], _given(root), root.first, len(rows)) if earlier else None
    return going is not None and bool((going == ~rows).all()) and bool(going.any())


PROBE = Probe(
    "a state begins anew in front of what begins anew",
    lambda look: (*begun_anew_too_late(look), *begun_anew_behind(look.step)),
    needs_no_run=True,
)
