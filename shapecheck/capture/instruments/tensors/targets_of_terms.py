"""What a term of a loss holds the output of a model against, and whether that was made of where the padding is."""

from __future__ import annotations

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step, Term, has_parameters
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import ZEROS


def met_in(step: Step, term: Term) -> set[Ref]:
    """The tensors that a term was computed of: outputs of layers, and data; parameters and single numbers are none.

    A penalty is computed of one, and a loss of two or more.
    """
    home = step.node(term.node).module
    open_refs = [term.ref] if term.ref.node != term.node else [*step.node(term.node).parents]
    found, seen = set[Ref](), set[Ref]()
    while open_refs:
        ref = open_refs.pop()
        node = step.node(ref.node)
        if ref in seen or node.kind == "parameter" or node.name in ZEROS or ref in step.inner:
            continue
        seen.add(ref)
        is_of_layer = node.module is not None and node.module is not home and has_parameters(node.module)
        if ref in step.learned and node.parents and not is_of_layer and node.index >= step.first:
            open_refs += node.parents
        elif step.tape.shape(ref).count(1) < len(step.tape.shape(ref)):
            found.add(ref)
    return found


def is_made_of_lengths(step: Step, padding: Padding, target: Ref) -> bool:
    """Whether a target says itself where the padding is, or was made of a mask or of lengths that say so.

    Then it asks for something in the padding as well, such as that a sequence has ended.
    """
    rows, count = len(padding.along_last()), padding.hidden.numel()
    for ref in refs_above(step.tape, target):
        if torch.Size(step.tape.shape(ref)).numel() not in (rows, count):
            continue
        value = step.value_of_input(ref)
        if value is not None and (_is_lengths(padding, value) or _is_mask(padding, value)):
            return True
    return False


def _is_lengths(padding: Padding, value: Tensor) -> bool:
    lengths = padding.lengths
    return value.numel() == lengths.numel() and bool((value.reshape(-1) == lengths).all())


def _is_mask(padding: Padding, value: Tensor) -> bool:
    """Whether it has one number in all of the padding and another one in all steps, the last ones left aside."""
    plain = value.squeeze()
    if plain.shape != padding.hidden.shape:
        return False
    along = plain if padding.time == 1 else plain.t()
    steps = torch.arange(along.shape[1]) < padding.last_steps[:, None]
    real, empty = along[steps & ~padding.along_last()], along[padding.along_last()]
    return bool(real.numel()) and _is_one(real) and _is_one(empty) and bool(real[0] != empty[0])


def _is_one(numbers: Tensor) -> bool:
    return bool((numbers == numbers[0]).all())
