"""Replaces single items of an input and looks which positions move: does each item keep to itself?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.store import items_in_use
from shapecheck.capture.instruments.trials.numbers import Numbers
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import MASKS

# What a kernel's own order of adding up may change is far smaller; what leaks is far larger.
_RELATIVE = 1e-5
# So much of other runs is held until somebody asks what moved in it: few of the masks are read.
_HELD_BYTES = 1 << 24
# What a mask fills in is as large as this, and has nothing to do with how large the other numbers are.
_FILL = 1e4
# Behind these a number may be the same whatever stands in front: below a margin, or not the largest.
_CLIPS = frozenset(
    ["relu", "clamp", "clamp_min", "clamp_max", "max", "min", "maximum", "minimum", "amax", "amin", "topk",
     "hinge_embedding_loss", "margin_ranking_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
     "cosine_embedding_loss", "multi_margin_loss", "multilabel_margin_loss"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What moved, for each item of one axis of a source that was replaced.

    Args:
        source: The source.
        axis: The axis.
        items: Which items were replaced, one at a time.
        moved: For each of them: tensor -> mask of the positions that moved.
        stopped: The places in ``items`` of those whose change ended at a clip, such as that of a margin.
    """

    source: Ref
    axis: int
    items: tuple[int, ...]
    moved: tuple[Mapping[Ref, Tensor], ...]
    stopped: frozenset[int] = frozenset()

    def masks(self, ref: Ref) -> list[Tensor]:
        """The masks of one tensor, an item each."""
        return [moved[ref] for moved in self.moved if ref in moved]

    def reaches(self, ref: Ref) -> bool:
        """Whether anything of a tensor moved."""
        return any(bool(mask.any()) for mask in self.masks(ref))

    def is_separate(self, ref: Ref, *, but_clipped: bool = False) -> bool:
        """Whether the items stay apart: along some axis of the tensor each moves positions of its own.

        Args:
            ref: The tensor.
            but_clipped: Not to ask items that were clipped on their way and move nothing in it.
        """
        if not all(ref in moved for moved in self.moved):
            return False
        seen = enumerate(self.masks(ref))
        left_out = self.stopped if but_clipped else frozenset()
        return self._are_apart([mask for at, mask in seen if at not in left_out or bool(mask.any())])

    def is_mixed(self, ref: Ref) -> bool:
        """Whether items meet in a tensor; those that move nothing in it are not asked."""
        masks = [mask for mask in self.masks(ref) if bool(mask.any())]
        return len(masks) > 1 and not self._are_apart(masks)

    def _are_apart(self, masks: Sequence[Tensor]) -> bool:
        count = self.moved[0][self.source].shape[self.axis] if self.source in self.moved[0] else 0
        return any(not _is_crowded(masks, axis, count) for axis in separate_axes(masks))


class _Masks(Mapping[Ref, Tensor]):
    """Tensor -> mask of the positions that moved, which is made when it is read first.

    Args:
        held: The masks, or the values before and after of which one is to be made.
        relative: How much may come of rounding.
    """

    def __init__(self, held: dict[Ref, Tensor | tuple[Tensor, Tensor]], relative: float) -> None:
        self._held, self._relative = held, relative

    def __getitem__(self, ref: Ref) -> Tensor:
        held = self._held[ref]
        if isinstance(held, tuple):
            held = self._held[ref] = difference(*held, self._relative)
        return held

    def __contains__(self, ref: object) -> bool:
        return ref in self._held

    def __iter__(self) -> Iterator[Ref]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def are_made(self) -> None:
        """Make all of them, and let go of the values."""
        for ref in self:
            self[ref]


def separate_axes(masks: Sequence[Tensor]) -> list[int]:
    """The axes along which masks do not meet; none if one of them is empty."""
    if len(masks) < 2 or not masks[0].ndim or any(mask.shape != masks[0].shape for mask in masks):
        return []
    found, together = [], torch.stack([*masks])
    for axis in range(masks[0].ndim):
        others = [other + 1 for other in range(masks[0].ndim) if other != axis]
        lines = together.any(dim=others) if others else together
        if bool(lines.any(1).all()) and int(lines.sum(0).max()) == 1:
            found.append(axis)
    return found


def _is_crowded(masks: Sequence[Tensor], axis: int, count: int) -> bool:
    """Whether an axis has a line for each item of the source, and each of the items moves several lines.

    Of a few items it may be chance that their lines do not meet; all of them have not enough lines for that.
    """
    if masks[0].shape[axis] != count:
        return False
    return all(int(seen_along(mask, axis).sum()) > 1 for mask in masks)


def probe(
    step: Step,
    source: Ref,
    axis: int,
    instead: dict[int, Run] | None = None,
    count: int = 4,
    relative: float = _RELATIVE,
    sizes: tuple[int, ...] | None = None,
    only: frozenset[Ref] | None = None,
) -> Moves:
    """Replace items of an axis, one at a time, of those that are in use; see `difference` for what moves.

    Args:
        step: The step.
        source: The tensor.
        axis: Its axis, or that of the shape that it had before.
        instead: Node -> what to call instead of its function.
        count: How many items to replace.
        relative: How much may come of rounding.
        sizes: The shape that it had before it was flattened, if the axis is one of that.
        only: Of which tensors it is asked; of all by default, which takes far longer.

    Raises:
        RuntimeError: The step does not run on the changed input.
    """
    base = step.run_with(instead)
    value = step.value(source)
    table = value if sizes is None else value.reshape(sizes)
    used = items_in_use(step, source, axis) if sizes is None else None
    items = items_of(table.shape[axis], count) if used is None else tuple(used[at] for at in items_of(len(used), count))
    moved, numbers, held = [], Numbers(table), 0
    for item in items:
        other = numbers.replaced(axis, item).reshape(value.shape)
        after = step.changed(source, other, instead)
        both = {ref: (base[ref], out) for ref, out in after.items() if ref in base and _is_asked(ref, only)}
        masks = _Masks({source: difference(value, other), **both}, relative)
        held += sum(out.nbytes if _is_plain(out) else _HELD_BYTES for _, out in both.values())
        if held >= _HELD_BYTES:
            masks.are_made()
        moved.append(masks)
    stopped = frozenset(at for at, masks in enumerate(moved) if _is_clipped(step, masks))
    return Moves(source, axis, items, tuple(moved), stopped)


def _is_plain(value: Tensor) -> bool:
    """Whether it can be compared with another one: who cannot be says so when it is probed."""
    return value.layout == torch.strided and not value.is_nested and not value.is_quantized


def _is_asked(ref: Ref, only: frozenset[Ref] | None) -> bool:
    return only is None or ref in only


def _is_clipped(step: Step, moved: Mapping[Ref, Tensor]) -> bool:
    """Whether a change reached an operation that clips on the way to the loss, and not what came out of it."""
    for ref in moved:
        node = step.node(ref.node)
        is_at_rest = node.name in _CLIPS and ref.node in step.to_loss and not bool(moved[ref].any())
        if is_at_rest and any(parent in moved and bool(moved[parent].any()) for parent in node.parents):
            return True
    return False


def is_apart(moves: Moves, goals: Sequence[Ref], *, but_clipped: bool = False) -> bool:
    """Whether the items stay apart in all of some tensors that they reach; see `Moves.is_separate`."""
    touched = [goal for goal in goals if any(goal in moved for moved in moves.moved)]
    return bool(touched) and all(moves.is_separate(goal, but_clipped=but_clipped) for goal in touched)


def is_mixed(moves: Moves, goals: Sequence[Ref]) -> bool:
    """Whether items meet in one of some tensors."""
    return any(moves.is_mixed(goal) for goal in goals)


def are_apart_where_they_move(moves: Moves, goals: Sequence[Ref]) -> bool:
    """Whether several items move something of some tensors, and none of them what another one moves."""
    several = any(sum(bool(mask.any()) for mask in moves.masks(goal)) > 1 for goal in goals)
    return several and not is_mixed(moves, goals)


def may_be_apart(step: Step, moves: Moves) -> bool:
    """Whether the items are apart where something is asked of them, or a clip stops some and no others meet."""
    is_stopped = bool(moves.stopped) and not is_mixed(moves, [term.ref for term in step.terms])
    return is_stopped or are_apart_where_asked(step, moves)


def are_still_reached(before: Moves, after: Moves, goals: Sequence[Ref]) -> bool:
    """Whether each term that moved still does: a table of differences of a tensor to itself would be all zeros."""
    return all(after.reaches(goal) for goal in goals if before.reaches(goal))


def are_apart_where_asked(step: Step, moves: Moves) -> bool:
    """Whether some items move no term of the loss but what one reads, and the others stay apart in these.

    Nothing may be asked of some, as of a sentence in which no word was hidden. What is cut off is not even read.
    """
    goals = [term.ref for term in step.terms]
    is_of_all = all(_moves_any(moved, goals) for moved in moves.moved)
    if is_of_all or not are_apart_where_they_move(moves, goals):
        return False
    read = [ref for term in step.terms for ref in (term.ref, *step.node(term.node).parents)]
    # Weights of zero leave out samples that were read all the same.
    read += [ref for made in read if step.node(made.node).name in MASKS for ref in step.node(made.node).parents]
    return all(_moves_any(moved, read) for moved in moves.moved)


def _moves_any(moved: Mapping[Ref, Tensor], refs: Sequence[Ref]) -> bool:
    return any(ref in moved and bool(moved[ref].any()) for ref in refs)


def share_that_meets(moved: Tensor, asked: Tensor) -> float | None:
    """The share of what moved with one tensor that moves with another as well; None if nothing of the kind did."""
    if moved.shape != asked.shape or not bool(moved.any()) or not bool(asked.any()):
        return None
    return float((moved & asked).sum()) / float(moved.sum())


def items_of(size: int, count: int) -> tuple[int, ...]:
    """Items to replace: never the first one only, and neighbours among them."""
    return tuple(sorted(set([0, size - 1, size // 2, 1][:count]) & set(range(size))))


def replaced_item(value: Tensor, axis: int, item: int) -> Tensor:
    """A copy with other values of the same kind in one item: of integers, others among those that occur."""
    return Numbers(value).replaced(axis, item)


def seen_along(mask: Tensor, axis: int) -> Tensor:
    """Which positions of an axis a mask has anything at."""
    others = [other for other in range(mask.ndim) if other != axis]
    return mask.any(dim=others) if others else mask


def difference(before: Tensor, after: Tensor, relative: float = _RELATIVE) -> Tensor:
    """Which positions differ, beyond what rounding does.

    Args:
        before: The values as they are.
        after: Other values, of any shape.
        relative: How much of the largest of them may come of rounding; 0 for nothing.
    """
    if before.shape != after.shape:
        return torch.ones(after.shape, dtype=torch.bool)
    if not before.is_floating_point():
        return before != after
    if before.dtype == after.dtype == torch.float32 and before.numel():
        # The plain case, in which an audit would spend half of its time: nothing is a fill, and all is finite.
        far, (low, high) = (before - after).abs_(), before.aminmax()
        scale = max(-float(low), float(high))
        if scale < _FILL and float(far.amax()) < math.inf:
            return far > relative * max(scale, 1e-12)
    both, other = before.double(), after.double()
    equal = (both == other) | (both.isnan() & other.isnan())
    finite = both[both.isfinite()]
    scale = float(finite.abs().max()) if finite.numel() else 1.0
    if scale >= _FILL:
        scale = _scale_without_fill(both, other, scale)
    return ~equal & ~((both - other).abs() <= relative * max(scale, 1e-12))


def any_term_moved(step: Step, before: Mapping[Ref, Tensor], after: Mapping[Ref, Tensor]) -> bool:
    """Whether a number that the loss adds up is another one in a second run; one that this run lacks says nothing."""
    return any(bool(difference(before[term.ref], after[term.ref]).any()) for term in step.terms if term.ref in after)


def _scale_without_fill(before: Tensor, after: Tensor, largest: float) -> float:
    """How large the numbers are beside those that a mask has put in the place of some: one number, in both runs."""
    is_fill = (before.abs() == largest) | (after.abs() == largest)
    kept = before[~is_fill & before.isfinite()]
    if int(is_fill.sum()) < 2 or not kept.numel():
        return largest
    rest = float(kept.abs().max())
    return rest if 0 < rest * _FILL <= largest else largest


def first_mixed(step: Step, moves: Moves, goals: Sequence[Ref]) -> int | None:
    """The first node behind which the items are not apart any more, on the way to where they must be."""
    ways = set(_above(step, goals))
    for index in descendants(step.tape, {moves.source}, step.order):
        refs = list(step.node(index).outs)
        refs = [ref for ref in refs if ref.node in ways and all(ref in moved for moved in moves.moved)]
        if refs and not any(moves.is_separate(ref) for ref in refs):
            return index
    return None


def first_overlapping(step: Step, moves: Moves, goals: Sequence[Ref]) -> int | None:
    """The same where an item that moves nothing is let pass, such as a row whose length stayed as it was."""
    ways = set(_above(step, goals))
    for index in descendants(step.tape, {moves.source}, step.order):
        for ref in step.node(index).outs:
            masks = [mask for mask in moves.masks(ref) if bool(mask.any())]
            if index in ways and len(masks) > 1 and not separate_axes(masks):
                return index
    return None


def last_mixed(step: Step, moves: Moves, goals: Sequence[Ref]) -> int | None:
    """The last node that reads the items apart and leaves them mixed, on the way to where they must be apart.

    Before it they may have been mixed and put back, such as by the sort that a packing begins with.
    """
    ways = set(_above(step, goals))
    for index in reversed(descendants(step.tape, {moves.source}, step.order)):
        node = step.node(index)
        if index not in ways or not all(Ref(index) in moved for moved in moves.moved):
            continue
        read = [ref for ref in node.parents if any(ref in moved and bool(moved[ref].any()) for moved in moves.moved)]
        are_apart = all(ref in moved for ref in read for moved in moves.moved) and all(map(moves.is_separate, read))
        if read and are_apart and not moves.is_separate(Ref(index)):
            return index
    return None


def _above(step: Step, goals: Sequence[Ref]) -> list[int]:
    return ancestors(step.tape, goals, step.first)


def meet_row_by_row(step: Step, one: Ref, other: Ref) -> bool:
    """Whether row k of both, and of no other, moves the same terms."""
    first, second = probe(step, one, 0), probe(step, other, 0)
    for term in step.terms:
        pairs: list[tuple[Tensor, Tensor]] = [
            (a[term.ref], b[term.ref])
            for a, b in zip(first.moved, second.moved, strict=False)
            if term.ref in a and term.ref in b
        ]
        apart = len(pairs) > 1 and first.is_separate(term.ref) and second.is_separate(term.ref)
        if apart and all(bool((a & b).any()) for a, b in pairs):
            return True
    return False
