"""Next steps that a model is handed beside the steps, to score them: what stands in a model may be its target."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import MOVES, Meeting, Own, is_next
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

# What holds something looked up against something reckoned, step by step, for a score of each.
_SCORES = frozenset(["mul", "einsum", "matmul", "bmm", "cosine_similarity"])
_PASSES = MOVES | {"embedding", "cat", "stack", "normalize", "dropout"}
_TRIED, _FEWEST = 16, 4
_MAX_FILLERS, _MAX_STEPS = 3, 256
_ROUNDING = 1e-6


def scored(step: Step) -> Iterator[Own]:
    """Inputs of which another tensor of tokens is the next step, and where that one is scored by what a model knows.

    A loss that raises these scores everywhere asks for the next step, as one with sampled negatives does
    (https://arxiv.org/abs/1808.09781, section III-E). What is only told of the next step, such as which question it is,
    is raised or lowered by a label of its own.
    """
    for source in step.inputs:
        before = step.value(source)
        if before.ndim != 2 or before.is_floating_point():
            continue
        for ids in _tokens(step, source):
            after = step.value(ids)
            if after.shape != before.shape or max(after.shape) > _MAX_STEPS or after.dtype != before.dtype:
                continue
            for axis in (0, 1):
                counted = _counted(before, after, axis)
                if counted is None:
                    continue
                for node, known in _meetings(step, source, ids):
                    meeting = _meeting(step, node, known, ids, axis, counted)
                    if meeting is not None:
                        yield Own(source, axis, (meeting,), meeting.asked[meeting.asked >= 0])


def _tokens(step: Step, source: Ref) -> list[Ref]:
    """What is looked up in a table, and what that was cut from."""
    looked = [node for node in step.all_of_loss if node.name == "embedding"]
    found: list[Ref] = []
    for ref in [ref for node in looked for ref in node.parents if ref not in step.learned]:
        while True:
            found.append(ref)
            made: Node = step.node(ref.node)
            if step.is_leaf(ref) or made.name not in _PASSES or not made.parents:
                break
            # The first of what was put beside others is what was meant, and the others were drawn.
            ref = made.parents[0]
    return [ref for ref in dict.fromkeys(found) if ref != source]


def _counted(before: Tensor, after: Tensor, axis: int) -> Tensor | None:
    """Which tokens are the next steps of others; None if they are not. Behind the end of a row a filler may stand."""
    counted = torch.ones_like(after, dtype=torch.bool)
    if is_next(before, after, counted, axis):
        return counted
    fillers: Tensor = after.select(axis, -1).unique()  # type: ignore[no-untyped-call]
    for filler in fillers[:_MAX_FILLERS]:
        counted = after.ne(filler)
        if is_next(before, after, counted, axis):
            return counted
    return None


def _meetings(step: Step, source: Ref, ids: Ref) -> Iterator[tuple[Node, Ref]]:
    """Where what was looked up meets what was made of the steps, and which of both is that."""
    order = sorted(step.to_loss)
    of_steps = {Ref(index, out) for index in descendants(step.tape, {source}, order) for out in _outs(step, index)}
    of_ids = {ids}
    for index in descendants(step.tape, {ids}, order):
        node = step.node(index)
        outs = {Ref(index, out) for out in _outs(step, index)}
        known = [ref for ref in node.parents if ref in of_steps and ref in step.learned and ref not in of_ids]
        if node.name in _SCORES and len(known) == 1 and len(node.parents) == 2:
            yield node, known[0]
        elif node.name in _PASSES:
            of_ids |= outs


def _outs(step: Step, index: int) -> range:
    return range(len(step.node(index).shapes))


def _meeting(step: Step, node: Node, known: Ref, ids: Ref, axis: int, counted: Tensor) -> Meeting | None:
    """What is asked for there, if each token is scored by itself, and if the loss wants each of the scores higher."""
    value, shape = step.value(ids), step.tape.shape(known)
    numbers = torch.arange(value.shape[axis]).view([-1 if at == axis else 1 for at in range(2)]).expand(value.shape)
    asked = (numbers + 1).masked_fill(~counted, -1)
    if shape[:1] == (value.numel(),):
        asked = asked.reshape(-1)
    if shape[: asked.ndim] != asked.shape or node.shapes[0][: asked.ndim] != asked.shape:
        return None
    try:
        is_own, mask = _is_own(step, node, ids, axis, asked, numbers)
        if not is_own or not _is_wanted(step, node, asked, mask):
            return None
    except RuntimeError:
        return None
    wide = asked.reshape(*asked.shape, *[1] * (len(shape) - asked.ndim)).expand(shape)
    return Meeting(node, known, ids, wide, 1, False)


def _is_own(step: Step, node: Node, ids: Ref, axis: int, asked: Tensor, numbers: Tensor) -> tuple[bool, Tensor]:
    """Whether a token moves the score of its own step alone; and which scores are moved by any token."""
    out, numbers = step.run()[node.ref], numbers.reshape(asked.shape)
    moved_by_any = torch.zeros(out.shape, dtype=torch.bool)
    size = step.tape.shape(ids)[axis]
    # What is done with the tokens for the loss, such as to leave out some, need not run on others.
    way = descendants(step.tape, {ids}, ancestors(step.tape, [node.ref], step.first))
    for item in range(size):
        other = replaced_item(step.value(ids), axis, item)
        moved = difference(out, replay(step.tape, way, {ids: other}, known=step.run())[node.ref])
        moved_by_any |= moved
        if bool((moved.reshape(*asked.shape, -1).any(-1) & (numbers != item)).any()):
            return False, moved_by_any
    return bool(moved_by_any.any()), moved_by_any


def _is_wanted(step: Step, node: Node, asked: Tensor, mask: Tensor) -> bool:
    """Whether the loss gets larger where the score of a token is lowered, and nowhere if it is raised."""
    places = (asked >= 0).nonzero()
    picked = places[torch.linspace(0, len(places) - 1, min(_TRIED, len(places))).long()]
    scores = node.ref
    out = step.value(scores)
    behind = descendants(step.tape, {scores}, sorted(step.to_loss))

    def loss(place: tuple[int, ...], by: int) -> float:
        other = out.clone()
        other[place] += by * mask[place].to(out.dtype)
        return float(replay(step.tape, behind, {scores: other}, known=step.run())[step.loss])

    base, wanted = loss((), 0), 0
    rounding = _ROUNDING * abs(base)
    for place in map(tuple, picked.tolist()):
        lower, higher = loss(place, -1), loss(place, 1)
        if lower < base - rounding or higher > base + rounding:
            return False
        wanted += lower > base + rounding
    # What fills up a row is asked of nobody.
    return wanted >= _FEWEST
