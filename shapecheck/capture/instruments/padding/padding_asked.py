"""A loss of classes that asks for the padding as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.padded import Padding, influence
from shapecheck.capture.instruments.steps.asked import MOVES
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.edits import Primary, as_primary, replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import call_at, in_call, in_constructor
from shapecheck.capture.recording.replay import Run, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, TOTALS
from shapecheck.evidence import Span
from shapecheck.findings import Edit

# So seldom would the targets of all padding be of one class, if they were drawn as the others are.
_ACCIDENT = 1e-6
# What is so much rarer than the other classes is a sign of something, and no class like them.
_RARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Ignoring:
    """A loss that would leave out the targets of padding, and the edit that has it do so."""

    node: Node
    title: str
    instead: dict[int, Run]
    edits: tuple[Edit, ...]
    place: Span | None = None


def ignoring(step: Step, padding: Padding) -> Iterator[Ignoring]:
    """Losses whose targets hold one value wherever the padding is, each with these left out."""
    for node, target, unreduced in _asking(step):
        if node.kwargs.get("weight") is not None:
            continue
        way = [index for index in ancestors(step.tape, [target], step.first) if index in step.order]
        if not all(step.node(index).name in MOVES for index in way):
            continue
        leaves = {parent for index in way for parent in step.node(index).parents} | {target}
        for leaf in leaves:
            mask = _of_padding(step, padding, leaf)
            if mask is None:
                continue
            moved = replay(step.tape, way, {leaf: mask.long()})[target] if way else mask
            filler = step.value(leaf)[mask].reshape(-1)[0]
            is_class = bool((step.value(leaf)[~mask] == filler).any())
            if node.name not in CLASS_LOSSES:
                runs: dict[int, Run] = {node.index: _blank(unreduced, moved.bool())}
            else:
                runs = {node.index: _without(unreduced, moved.bool(), int(node.kwargs.get("ignore_index", -100)))}
            yield _of_class(step, node, leaf, runs) if is_class else _told(step, node, target, int(filler), runs)


def spares(step: Step, padding: Padding, instead: dict[int, Run]) -> bool:
    """Whether terms that the padding moved are gone, and the others are as before: a layer may walk through it, too."""
    try:
        before, after = influence(step, padding), influence(step, padding, instead)
    except Exception:
        return False
    kept = {ref: moved for ref, moved in after.items() if ref in before and moved.shape == before[ref].shape}
    if len(kept) < len(after) or any(bool((moved & ~before[ref]).any()) for ref, moved in kept.items()):
        return False
    gone = any(ref not in kept or bool((moved & ~kept[ref]).any()) for ref, moved in before.items())
    return (gone or not before) and any_term_moved(step, step.run(), step.run_with(instead))


def _asking(step: Step) -> Iterator[tuple[Node, Ref, Run]]:
    """What asks for classes, its targets, and what returns a number for each: losses, and what picks scores by them."""
    reduced = {term.node: term.without_reduction for term in step.terms if term.without_reduction is not None}
    for node in map(step.node, (index for index in step.order if index in step.to_loss)):
        run = reduced.get(node.index, node.function if node.shapes[0] else None)
        target = _target(step, node)
        if run is not None and target is not None:
            yield node, target, run


def _target(step: Step, node: Node) -> Ref | None:
    """The classes that a loss asks for, or by which something picks their scores; None if it is something else."""
    if node.name in CLASS_LOSSES:
        return node.parents[1] if len(node.parents) > 1 else None
    if len(node.args) < 2 or not node.parents or node.parents[0] not in step.learned:
        return None
    if node.name == "gather":
        found = node.argument(2, "index")
    else:
        found = node.args[1][-1] if node.name == "__getitem__" and isinstance(node.args[1], tuple) else None
    is_target = isinstance(found, Ref) and found not in step.learned and step.tape.shape(found) == node.shapes[0]
    return found if is_target else None


def _of_class(step: Step, node: Node, leaf: Ref, runs: dict[int, Run]) -> Ignoring:
    """A filler that is a class as well cannot be told from it in the loss: another one has to be filled in."""
    made, call = step.node(leaf.node), call_at(step.node(leaf.node))
    is_plain = made.name == "pad_sequence" and call is not None and len(call.args) < 3
    is_plain &= call is not None and all(item.arg != "padding_value" for item in call.keywords)
    ignored = ignored_label(node) if node.name in CLASS_LOSSES else -100
    edits = in_call(made, f"padding_value={ignored}") if is_plain and node.name in CLASS_LOSSES else ()
    return Ignoring(node, f"{ignored} for the targets of padding, which the loss ignores", runs, edits)


def _told(step: Step, node: Node, target: Ref, value: int, runs: dict[int, Run]) -> Ignoring:
    if not node.shapes[0]:
        title = f"ignore_index={value}"
        is_layer = type(node.module).__module__.startswith("torch.")
        place = made_at(step, node) if is_layer else None
        edits = in_call(node, title) if place is None else in_constructor(node, title)
        return Ignoring(node, title, runs, edits, place)
    behind = [step.node(index) for index in descendants(step.tape, {node.ref}, sorted(step.to_loss))]
    counts = next((other for other in behind if other.name in TOTALS), None)
    title = f"{counts.name if counts is not None else 'mean'} of those with targets != {value} alone"
    edits = _of_others(step, node, counts, step.tape.shape(target), value) if counts is not None else ()
    return Ignoring(counts or node, title, runs, edits)


def _of_others(step: Step, node: Node, counts: Node, shape: tuple[int, ...], value: int) -> tuple[Edit, ...]:
    """The edit that has a mean taken of the terms whose targets are no padding: ``each[targets != 0].mean()``."""
    asks, call = call_at(node), call_at(counts)
    is_mean = counts.name in ("mean", "nanmean") and not counts.shapes[0]
    if asks is None or call is None or node.spot is None or counts.spot is None or not is_mean:
        return ()
    given = [*asks.args, *(item.value for item in asks.keywords if item.arg == "target")][1:2]
    is_method = isinstance(call.func, ast.Attribute) and not call.args and not call.keywords
    if not given or not is_method or node.spot.code is not counts.spot.code or node.name not in CLASS_LOSSES:
        return ()
    if step.tape.shape(counts.parents[0]) != shape or not isinstance(given[0], Primary):
        return ()
    assert isinstance(call.func, ast.Attribute)
    text = f"{as_primary(call.func.value)}[{ast.unparse(given[0])} != {value}].{call.func.attr}()"
    return replaced_text(counts.spot.code.co_filename, call, text)


def _of_padding(step: Step, padding: Padding, leaf: Ref) -> Tensor | None:
    """Where targets are those of padding: one value there, and nowhere else but right in front of it.

    Elsewhere it may be a class as well, if it is no accident that all of the padding has this one.
    """
    if leaf.node >= step.first and step.node(leaf.node).function is not None:
        return None
    value = step.value(leaf)
    if padding.whole is not None and leaf == padding.whole[0]:
        return _of_whole(value, padding.whole[1])
    turned = value.ndim == 2 and value.shape != padding.hidden.shape and value.t().shape == padding.hidden.shape
    if value.is_floating_point() or value.dtype == torch.bool or (value.shape != padding.hidden.shape and not turned):
        return None
    rows = value.t() if turned else value
    along = rows if padding.time == 1 else rows.t()
    hidden = padding.along_last()
    known = along[hidden]
    if not bool((known == known[0]).all()):
        return None
    same = along == known[0]
    before = torch.arange(along.shape[1])[None] == padding.lengths[:, None] - 1
    elsewhere = same & ~hidden
    if bool((elsewhere & ~before).any()):
        share = float(elsewhere.sum()) / float((~hidden).sum())
        kinds = len(along[~hidden].unique())  # type: ignore[no-untyped-call]
        if share ** int(hidden.sum()) > _ACCIDENT or share * kinds < _RARE or _is_a_symbol(step, padding, known[0]):
            return None
        same = hidden
    found = same if padding.time == 1 else same.t()
    return found.t() if turned else found


def _is_a_symbol(step: Step, padding: Padding, filler: Tensor) -> bool:
    """Whether the input is filled up with the same token, which it holds elsewhere as well: the end of a text."""
    value = step.value(padding.source)
    if value.is_floating_point() or value.shape != padding.hidden.shape:
        return False
    return bool((value[padding.hidden] == filler).all()) and bool((value[~padding.hidden] == filler).any())


def _of_whole(value: Tensor, hidden: Tensor) -> Tensor | None:
    known = value[hidden]
    if value.is_floating_point() or not known.numel() or not bool((known == known[0]).all()):
        return None
    # A token that stands elsewhere as well is none of padding alone.
    return hidden if torch.equal(value == known[0], hidden) else None


def _without(unreduced: Run, left_out: Tensor, ignored: int) -> Run:
    def run(scores: Tensor, targets: Tensor, *args: Any, **kwargs: Any) -> Any:
        return unreduced(scores, targets.masked_fill(left_out, ignored), *args, **kwargs)

    return run


def _blank(run: Run, left_out: Tensor) -> Run:
    def blanked(*args: Any, **kwargs: Any) -> Any:
        return run(*args, **kwargs).masked_fill(left_out, 0)

    return blanked
