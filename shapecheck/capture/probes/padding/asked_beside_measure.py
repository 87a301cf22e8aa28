"""A loss over all positions, of which a measure of the same guesses leaves out those of padding."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.left_out import LeftOut, hiding, is_filled_behind
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import (
    AXES_OF_ONE,
    CLASS_LOSSES,
    CONVERTS,
    CUTS,
    FLAG_LOSSES,
    PICKS_BY_MASK,
    SOFTMAXES,
    TURNS,
)
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import under_methods

_SAME = CONVERTS | CUTS | TURNS | AXES_OF_ONE | {"float", "double"}
_GUESSES = SOFTMAXES | {"argmax", "max", "topk", "gt", "ge", "lt", "le", "round", "sigmoid", "select"}
_MASKS = frozenset(["mul", "bitwise_and", "logical_and"])
_MOVES = frozenset(
    ["flatten", "reshape", "view", "transpose", "permute", "t", "contiguous", "squeeze", "float", "long"]
)


def asked_beside_measure(step: Step) -> Iterator[Sighting]:
    """``cross_entropy(scores, labels)`` beside ``(scores.argmax(-1) == labels)[mask].mean()``.

    What a loss should ask of padding cannot be told where its label is a class of its own, or the last one of each
    sequence: it may be meant to be learned. A label that stands before the end as well says nothing of the end.
    """
    for loss in step.all_of_loss:
        if loss.name not in CLASS_LOSSES | FLAG_LOSSES or len(loss.parents) != 2 or not _counts_all(step, loss):
            continue
        scores = origin(step.tape, loss.parents[0], _SAME | SOFTMAXES | {"sigmoid"}, first=step.first)[0]
        labels = origin(step.tape, loss.parents[1], _SAME, first=step.first)[0]
        for node, mask in _measures(step, scores, labels):
            for out in hiding(step, node, mask, is_kept=True):
                filler = _filler(step, loss, labels, out)
                if filler is not None and is_filled_behind(step, out, scores):
                    yield _told(step, loss, out, mask, filler)
                    return


def _counts_all(step: Step, loss: Node) -> bool:
    """Whether a loss is one number of all positions; what it is by itself for each of them may be masked behind it."""
    given = [loss.kwargs.get(name) for name in ("weight", "pos_weight")]
    return not loss.shapes[0] and not any(isinstance(item, Ref) for item in given) and loss.parents[0] in step.learned


def _measures(step: Step, scores: Ref, labels: Ref) -> Iterator[tuple[Node, Ref]]:
    """Comparisons of guesses with labels of which a mask picks some, and the mask."""
    for node in step.recorded:
        if node.name != "eq" or len(node.parents) != 2 or node.index in step.to_loss:
            continue
        for guess, other in (node.parents, node.parents[::-1]):
            guesses = [*backwards(step.tape, guess, _SAME | _GUESSES | PICKS_BY_MASK, first=step.first)]
            asked = [*backwards(step.tape, other, _SAME | PICKS_BY_MASK, first=step.first)]
            if not any(ref == scores for ref, _ in guesses) or not any(ref == labels for ref, _ in asked):
                continue
            before = [_mask_of(step, [made for _, made in way]) for way in (guesses, asked)]
            mask = before[0] if before[0] == before[1] else None
            mask = _mask_behind(step, node) if mask is None and before == [None, None] else mask
            if mask is not None:
                yield node, mask


def _mask_of(step: Step, way: list[Node]) -> Ref | None:
    """The mask by which something was picked on the way."""
    for node in way:
        if node.name in PICKS_BY_MASK and len(node.parents) == 2 and step.tape.dtype(node.parents[1]) == torch.bool:
            return node.parents[1]
    return None


def _mask_behind(step: Step, node: Node) -> Ref | None:
    """The mask that picks some of what a comparison says."""
    reached = {node.ref}
    for other in map(step.node, range(node.index + 1, step.last)):
        if not any(ref in reached for ref in other.parents):
            continue
        if other.name in _SAME:
            reached.add(other.ref)
        elif other.name in PICKS_BY_MASK:
            return _mask_of(step, [other]) if other.parents[0] in reached else None
        elif other.name in _MASKS:
            rest = [ref for ref in other.parents if ref not in reached]
            return origin(step.tape, rest[0], CONVERTS | {"float"}, first=step.first)[0] if len(rest) == 1 else None
        else:
            return None
    return None


def _filler(step: Step, loss: Node, labels: Ref, out: LeftOut) -> float | None:
    """The label of all padding, if it is asked for, and stands before the last step of sequences as well."""
    value = step.known(labels)
    if value is None:
        return None
    hidden, last = out.along(tuple(value.shape)), out.along(tuple(value.shape), out.last)
    if hidden is None or last is None or hidden.shape != value.shape or value.numel() != out.hidden.numel():
        return None
    fillers = value[hidden].unique()  # type: ignore[no-untyped-call]
    if len(fillers) != 1 or not bool((value[~hidden & ~last] == fillers[0]).any()):
        return None
    is_ignored = loss.name in CLASS_LOSSES and int(fillers[0]) == ignored_label(loss)
    return None if is_ignored else float(fillers[0])


def _told(step: Step, loss: Node, out: LeftOut, mask: Ref, filler: float) -> Sighting:
    line = out.node.spot.line if out.node.spot is not None else 0
    text = (
        f"{int(out.hidden.sum())} of {out.hidden.numel()} positions are padding by the mask by which the guesses are "
        f"measured in line {line}: their label is {filler:g}, which others have as well, and {loss.name} asks for it "
        "in each of them"
    )
    edits = _edits(step, loss, mask)
    outcome = "the loss asks for it no more" if edits else ""
    fix = Fix("scores[mask] and labels[mask] for the loss as well", edits, "call" if edits else "no", outcome)
    return sighted("padding_asked_for", loss, text, (fix,))


def _edits(step: Step, loss: Node, mask: Ref) -> tuple[Edit, ...]:
    """The edit that picks scores and labels by the mask, where all three have a name in front of the loss."""
    call, spot, made = call_at(loss), loss.spot, step.node(mask.node).spot
    if call is None or spot is None or made is None or made.code is not spot.code or made.line >= spot.line:
        return ()
    names = assigned(statement_at(made.code.co_filename, made.line))
    bases = [under_methods(argument, _MOVES) for argument in call.args[:2]]
    if len(names) != 1 or len(bases) < 2 or not all(isinstance(base, ast.Name) for base in bases):
        return ()
    given = [_given_there(step, loss, ref) for ref in loss.parents]
    if any(step.tape.shape(ref)[:2] != step.tape.shape(mask) for ref in given):
        return ()

    def run(*_: Any, **kwargs: Any) -> Any:
        return loss.function(*(step.value(ref)[step.value(mask)] for ref in given), **kwargs)  # type: ignore[misc]

    try:
        step.run_with({loss.index: run})
    except Exception:
        # It does not fit, so it was not meant.
        return ()
    picked = [f"{ast.unparse(base)}[{names[0]}]" for base in bases]
    rest = [*map(ast.unparse, call.args[2:]), *map(ast.unparse, call.keywords)]
    return replaced_text(spot.code.co_filename, call, f"{ast.unparse(call.func)}({', '.join([*picked, *rest])})")


def _given_there(step: Step, loss: Node, ref: Ref) -> Ref:
    """What an argument of a loss was before its own line laid it out otherwise."""
    line = loss.spot.line if loss.spot is not None else 0
    for at, node in backwards(step.tape, ref, _SAME, first=step.first):
        if node.spot is None or node.spot.line != line:
            return at
    return ref


PROBE = Probe(
    "what a measure leaves out as padding no loss asks for",
    lambda look: asked_beside_measure(look.step),
    turn=Turn.LAST,
)
