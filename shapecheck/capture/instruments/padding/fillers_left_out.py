"""Masks that leave out the filler behind the end of each row, and some of what is real as well."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_CUTS = frozenset(["__getitem__", "narrow"])
# Fewer rows may end in the same token by chance, as may rows that end one token early.
_FEWEST = 2


def leaves_filler_out(step: Step, mask: Ref) -> bool:
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
