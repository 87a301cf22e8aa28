"""Readings of turned steps that meet the steps as they are, and were not turned back: step k beside the k-th last."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.edits import Primary, replaced_text
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.separation import Moves, difference, seen_along
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.findings import Edit, Fix

_MEETS = frozenset(["cat", "add", "stack", "mul"])
_FEWEST = 4


def not_turned_back(look: Look) -> Iterator[Sighting]:
    """``torch.cat([fw, bw], -1)`` of which ``bw`` has read the steps backwards, and lies as it was read.

    Replaced steps say how a reading lies: where step k moves nothing in front of place k it lies as the steps do, and
    where it moves nothing in front of place T - 1 - k, and what was read first moves all, it is turned. That both meet
    place by place counts only where each step has answers of its own in the loss: the last place of both, or what is
    pooled over all of them, knows the whole sequence either way.
    """
    step = look.step
    for way in look.seen:
        for node, turned, other, axis in _meetings(step, way):
            if not _are_places_told_apart(step, turned, other, axis):
                continue
            at = list(refs_in(node.args)).index(turned)
            try:
                step.run_with({node.index: _turned_back(node, turned, axis)})
            except Exception:
                # It does not fit, so it was not meant.
                continue
            size = step.tape.shape(turned)[axis]
            text = (
                f"the {size} steps were read backwards for one of these, and it lies as it was read: at place k it "
                f"knows the steps from {size - 1} - k on, beside step k of the other one. Each place is asked for an "
                "answer of its own"
            )
            edits = _edits(node, at, f".flip({axis})")
            fix = Fix(f".flip({axis}) of what was read backwards", edits, "call", "step k of both is the same step")
            yield sighted("reading_not_turned_back", node, text, (fix,))
            return


def _meetings(step: Step, way: Way) -> Iterator[tuple[Node, Ref, Ref, int]]:
    """Where a turned reading meets what lies as the steps do: the node, both of them, and their axis of steps."""
    for source_axis, moves in way.moves.items():
        size = step.tape.shape(way.source)[source_axis]
        if size < _FEWEST or not {0, size - 1} <= {*moves.items} or len(moves.items) < 3:
            continue
        for node in (step.node(index) for index in step.order if index in step.to_loss):
            read = list(dict.fromkeys(node.parents))
            if node.name not in _MEETS or len(read) < 2 or len({step.tape.shape(ref) for ref in read}) > 2:
                continue
            for axis in (1, 0):
                lies = {ref: _lies(step, moves, ref, axis, size) for ref in read if ref in step.learned}
                turned = [ref for ref, how in lies.items() if how == "turned"]
                others = [ref for ref, how in lies.items() if how == "as they are"]
                if len(turned) == 1 and others and node.shapes[0][axis] in (size, len(read)):
                    yield node, turned[0], others[0], axis


def _lies(step: Step, moves: Moves, ref: Ref, axis: int, size: int) -> str:
    """How the steps lie along an axis of a tensor, by the first place that each of them moves."""
    shape = step.tape.shape(ref)
    if len(shape) < 3 or shape[axis] != size or not all(ref in moved for moved in moves.moved):
        return ""
    places = [_places(moved, ref, axis) for moved in moves.moved]
    if not all(places):
        return ""
    first = [min(one) for one in places]
    if first == list(moves.items):
        return "as they are"
    is_turned = first == [size - 1 - item for item in moves.items]
    # What only lies the other way round has read nothing: it was turned to be seen so.
    return "turned" if is_turned and len(places[moves.items.index(size - 1)]) > 1 else ""


def _places(moved: Mapping[Ref, Tensor], ref: Ref, axis: int) -> list[int]:
    found: list[int] = seen_along(moved[ref], axis).nonzero().flatten().tolist()
    return found


def _are_places_told_apart(step: Step, turned: Ref, other: Ref, axis: int) -> bool:
    """Whether terms of the loss know the same place of both, and the first place moves others than the last one."""
    size = step.tape.shape(turned)[axis]
    seen = [[_terms(step, ref, axis, item) for item in (0, size - 1)] for ref in (turned, other)]
    if not all(mask.numel() and bool(mask.any()) for both in seen for mask in both):
        return False
    meet = all(bool((one & two).any()) for one, two in zip(*seen, strict=True))
    return meet and all(bool((first & ~last).any()) and bool((last & ~first).any()) for first, last in seen)


def _terms(step: Step, ref: Ref, axis: int, item: int) -> Tensor:
    """Which terms of the loss move with one place of a tensor."""
    value = step.value(ref).clone()
    place = value.select(axis, item)
    place.copy_(place * -0.7 + 0.5)
    base = step.run()
    try:
        after = step.changed_together({ref: value})
    except RuntimeError:
        return torch.zeros(0)
    found = [
        difference(base[term.ref], after[term.ref]).reshape(-1)
        if term.ref in after
        else torch.zeros(base[term.ref].numel(), dtype=torch.bool)
        for term in step.terms
    ]
    return torch.cat(found) if found else torch.zeros(0)


def _turned_back(node: Node, turned: Ref, axis: int) -> Run:
    at = list(refs_in(node.args)).index(turned)

    def run(*args: Any, **kwargs: Any) -> Any:
        if isinstance(args[0], tuple | list):
            items = [item.flip(axis) if place == at else item for place, item in enumerate(args[0])]
            return node.function(items, *args[1:], **kwargs)  # type: ignore[misc]
        given = [item.flip(axis) if place == at else item for place, item in enumerate(args)]
        return node.function(*given, **kwargs)  # type: ignore[misc]

    return run


def _edits(node: Node, at: int, call: str) -> tuple[Edit, ...]:
    """The edit that turns one of the operands back."""
    found = call_at(node)
    items = found.args[0] if found is not None and found.args else None
    if not isinstance(items, ast.List | ast.Tuple) or node.spot is None:
        return with_call(node, at, call) if node.name in ("add", "mul") else ()
    part = items.elts[at] if len(items.elts) > at else None
    if not isinstance(part, Primary):
        return ()
    return replaced_text(node.spot.code.co_filename, part, ast.unparse(part) + call)


PROBE = Probe(
    "what was read backwards is turned back before it meets the steps",
    not_turned_back,
)
