"""Sums of all positions that are divided by the number of those that a mask keeps, or by lengths."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.padding.padded import paddings, runs_out
from shapecheck.capture.instruments.padding.padding_masks import is_of_padding
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, COPIES, CUTS
from shapecheck.findings import Edit, Fix

_CUTS = frozenset(["__getitem__", "narrow"])
# Fewer rows may end in the same token by chance, as may rows that end one token early.
_FEWEST = 2
_PASSES = frozenset(["clamp", "clamp_min", "add", "to", "neg", "unsqueeze", "maximum"])


def summed_beyond_the_mask(step: Step) -> Iterator[Sighting]:
    """A sum over padding that is not zero there, over the count of the rest.

    A loss over all boxes by the number of those that were found is meant so; only a mask of sequences that end counts.
    """
    for node in step.of_loss:
        if node.name != "div" or len(node.parents) != 2:
            continue
        total, count = (_sum_behind(step, ref) for ref in node.parents)
        if total is None or count is None or total.shapes[0] != count.shapes[0] or total.spot is None:
            continue
        values, mask = total.parents[0], count.parents[0]
        # A mask that is laid beside what was learned is none of that.
        bare = _one_for_each_step(step, mask)
        if bare in step.learned or not (is_of_padding(step, bare) or _leaves_filler_out(step, bare)):
            continue
        shape, keep = step.tape.shape(values), _kept(step, mask, step.tape.shape(values))
        if keep is None:
            continue
        behind = step.value(values)[~keep]
        if int((behind != 0).sum()) * 2 < behind.numel() or (values not in step.learned and not _vary(behind)):
            continue
        text = (
            f"the sum runs over all of {shape}, with {int((~keep).sum())} positions that the mask leaves out and that "
            "are not zero, and is divided by the number of the others"
        )
        base, after = step.run_with(None), step.run_with({total.index: _of_the_rest(total, keep)})
        outcome = f"the loss here was {float(base[step.loss]):.4g} and becomes {float(after[step.loss]):.4g}"
        fix = Fix("(values * mask).sum() / mask.sum()", _masked(total, count), "call", outcome)
        yield sighted("summed_beyond_the_mask", total, text, (fix,))
        return


def summed_beyond_the_lengths(step: Step) -> Iterator[Sighting]:
    """Sums over all steps, padding that is not zero any more among them, over how long each sequence is, or its root.

    Such as what is left of a padded sequence when its mean is taken off, or what a layer with a bias makes of zeros.
    Where the longest sequence has no padding, what a model made of it has others to ask.
    """
    divisions = [node for node in step.of_loss if node.name == "div"]
    found = [(node, total) for node in divisions if (total := _total_of_steps(step, node)) is not None]
    for padding in paddings(step) if found else ():
        for node, total in found:
            values = total.parents[0]
            shape, hidden = step.tape.shape(values), padding.like(step.tape.shape(values))
            is_data = values not in step.learned
            if hidden is None or not _is_by_lengths(step, node.parents[1], padding.lengths, is_data=is_data):
                continue
            if not is_data and padding.depends_on_others:
                continue
            is_as_given = tuple(padding.hidden.shape) == shape[:2]
            if reduced_axes(step, total) != (padding.time if is_as_given else 1 - padding.time,):
                continue
            behind = step.value(values)[hidden.expand(shape)]
            if int((behind != 0).sum()) * 2 < behind.numel() or (is_data and not _vary(behind)):
                continue
            text = (
                f"the sum runs over all steps of {shape}, with {int(padding.hidden.sum())} of padding that are not "
                f"zero ({padding.why}), and is divided by what the lengths say, which leave these out"
            )
            step.run_with({total.index: _of_the_rest(total, ~hidden.expand(shape))})
            fix = Fix("masked_fill(padding, 0) before the sum", (), "call", "the sum is one of the real steps alone")
            yield sighted("summed_beyond_the_mask", total, text, (fix,))
            return


def _one_for_each_step(step: Step, mask: Ref) -> Ref:
    """The mask as it was before it was laid beside all channels, or made one row of all sequences."""
    bare = origin(step.tape, mask, CONVERTS | COPIES, first=step.first)[0]
    made = step.node(bare.node)
    is_one_row = made.name in CUTS and not step.is_leaf(bare) and len(made.shapes[0]) == 1
    return origin(step.tape, made.parents[0], CONVERTS, first=step.first)[0] if is_one_row else bare


def _kept(step: Step, mask: Ref, shape: tuple[int, ...]) -> torch.Tensor | None:
    """Which numbers a mask keeps: it has one for each step of each row, or as many axes as what is summed."""
    keep = step.value(mask) != 0
    if keep.ndim == len(shape) and all(own in (1, size) for own, size in zip(keep.shape, shape, strict=True)):
        return keep.expand(shape)
    if shape[:2] != tuple(keep.shape[:2]) or keep.numel() != shape[0] * shape[1]:
        return None
    return keep.reshape(*shape[:2], *[1] * (len(shape) - 2)).expand(shape)


def _total_of_steps(step: Step, node: Node) -> Node | None:
    """The sum that is divided by data."""
    if len(node.parents) != 2 or node.parents[1] in step.learned:
        return None
    total = _sum_behind(step, node.parents[0])
    is_of_steps = total is not None and total.spot is not None and len(step.tape.shape(total.parents[0])) > 1
    return total if is_of_steps else None


def _is_by_lengths(step: Step, ref: Ref, lengths: torch.Tensor, *, is_data: bool) -> bool:
    """Whether there is one number for each sequence, which is how long that one is, or what a sum of noise grows by."""
    value, wanted = step.value(ref).reshape(-1).double(), lengths.double()
    if len(value) != len(wanted):
        return False
    return torch.equal(value, wanted) or (not is_data and torch.allclose(value, wanted.sqrt(), rtol=1e-5))


def _sum_behind(step: Step, ref: Ref) -> Node | None:
    """The sum that a number is, but for its sign, its type and what keeps it from being zero."""
    at, node = origin(step.tape, ref, _PASSES, first=step.first, is_alone=True)
    return node if node.name == "sum" and not step.is_leaf(at) else None


def _of_the_rest(total: Node, keep: torch.Tensor) -> Run:
    def run(values: torch.Tensor, *args: object, **kwargs: object) -> object:
        return total.function(values.masked_fill(~keep, 0.0), *args, **kwargs)  # type: ignore[misc]

    return run


def _vary(values: torch.Tensor) -> bool:
    """Whether data are more than a number that was filled in everywhere, as by who counts all places."""
    return len(values.unique()) > 2  # type: ignore[no-untyped-call]


def _masked(total: Node, count: Node) -> tuple[Edit, ...]:
    """The edit that multiplies what is summed by the mask, where the mask has a name that is known there."""
    summed, counted = call_at(total), call_at(count)
    if summed is None or counted is None or total.spot is None or count.spot is None:
        return ()
    if total.spot.code is not count.spot.code or count.spot.line > total.spot.line:
        return ()
    values, mask = _summed(summed), _summed(counted)
    if values is None or not isinstance(mask, ast.Name | ast.Attribute):
        return ()
    text = f"({ast.unparse(values)} * {ast.unparse(mask)})"
    rest = ", ".join([*map(ast.unparse, summed.args), *map(ast.unparse, summed.keywords)])
    return replaced_call(total, f"{text}.sum({rest})") if isinstance(summed.func, ast.Attribute) else ()


def _summed(call: ast.Call) -> ast.expr | None:
    """What a call of the method ``sum`` sums."""
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr == "sum"
    value = call.func.value if isinstance(call.func, ast.Attribute) and is_method else None
    return None if value is None or ast.unparse(value) in ("torch", "np") else value


def _leaves_filler_out(step: Step, mask: Ref) -> bool:
    """Whether tokens of as many steps end in a filler that a mask leaves out, beside some that are none.

    Such as what others have written into a conversation: the mask is none of padding alone, and leaves that out too.
    What is nothing but the filler itself is asked for elsewhere.
    """
    keep = step.value(mask)
    if keep.ndim != 2 or not are_truths(keep):
        return False
    left_out = keep == 0
    for tokens in _tokens(step, mask):
        filler = tokens[:, -1].mode().values
        hidden = tokens == filler
        ended = int(hidden.any(1).sum())
        is_behind = ended >= _FEWEST and runs_out(hidden) and bool(hidden[:, -1].any())
        if not is_behind or int(hidden.sum()) < _FEWEST * ended or len(tokens[~hidden].unique()) < 3:  # type: ignore[no-untyped-call]
            continue
        if bool((left_out | ~hidden).all()) and bool((left_out & ~hidden).any()) and bool(keep.any(1).all()):
            return True
    return False


def _tokens(step: Step, mask: Ref) -> Iterator[Tensor]:
    """Inputs, targets and what was cut out of them, of as many steps as a mask has."""
    cuts = [node.ref for node in step.nodes if node.name in _CUTS and node.ref not in step.learned]
    for ref in dict.fromkeys([*step.inputs, *step.targets, *cuts]):
        is_alike = ref != mask and step.tape.shape(ref) == step.tape.shape(mask)
        if is_alike and not step.tape.dtype(ref).is_floating_point and step.tape.dtype(ref) != torch.bool:
            yield step.value(ref)


PROBE = Probe(
    "no sum over padding is divided by the number of the rest",
    lambda look: (*summed_beyond_the_mask(look.step), *summed_beyond_the_lengths(look.step)),
)
