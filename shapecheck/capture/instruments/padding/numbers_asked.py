"""A loss of numbers that asks for what the padding was filled with, position by position."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_asked import Ignoring
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step, Term
from shapecheck.capture.recording.tape import Node, Ref

# So many kinds of numbers there are at least where something was measured, and so few of them are the filler.
_KINDS, _SELDOM = 8, 0.02
_MOST = 0.5


def numbers_asked(step: Step, padding: Padding) -> Iterator[Ignoring]:
    """``((model(x) - y) ** 2).mean()`` of ``y`` that is zero wherever the padding is, and nowhere else.

    A model that says zero there of itself is asked for nothing: its terms are zero. One that is told in a feature of
    its own where something stands is asked on purpose, as the value is of a state behind the end.
    """
    if len(step.terms) > 1 or _is_told(step.value(padding.source), padding.hidden):
        # Of several terms each may be held against the others.
        return
    if any(node.name == "_pad_packed_sequence" for node in step.all_of_loss):
        # Behind the lengths of a packing there is no output at all, which is told as that.
        return
    for term in step.terms:
        made = step.node(term.ref.node)
        value = step.value(term.ref)
        hidden = padding.like(tuple(value.shape)) if value.ndim in (2, 3) else None
        if hidden is None or made.function is None or step.is_leaf(term.ref):
            continue
        at = hidden.reshape(value.shape[:2])
        if bool((value[at] != 0).double().mean() < _MOST) or not _has_fillers(step, term, tuple(value.shape), at):
            continue
        title = "(each * keep).sum() / keep.sum()"
        yield Ignoring(step.node(term.node), title, {made.index: _blank(_whole(made, term), hidden)}, ())


def _is_told(value: Tensor, hidden: Tensor) -> bool:
    """Whether one of several features is one number wherever something stands, and another one in the padding."""
    if value.ndim != 3 or value.shape[2] < 2:
        return False
    inside, rest = value[hidden], value[~hidden]
    return bool(((rest == rest[:1]).all(0) & (inside != rest[:1]).all(0)).any())


def _has_fillers(step: Step, term: Term, shape: tuple[int, ...], hidden: Tensor) -> bool:
    return any(
        step.tape.shape(ref) == shape and _is_filler(step.value(ref), hidden)
        for ref in step.targets
        if step.tape.dtype(ref).is_floating_point and _is_asked(step, ref, term.ref)
    )


def _is_asked(step: Step, target: Ref, made: Ref) -> bool:
    return target in step.node(made.node).parents or any(
        target in step.node(parent.node).parents for parent in step.node(made.node).parents
    )


def _is_filler(value: Tensor, hidden: Tensor) -> bool:
    """Whether one number stands in all of the padding, and hardly ever elsewhere, where there are many kinds."""
    inside, rest = value[hidden], value[~hidden]
    filler = inside.reshape(-1)[0]
    is_other = bool((rest == filler).double().mean() <= _SELDOM)
    return is_other and bool((inside == filler).all()) and len(rest.unique()) >= _KINDS  # type: ignore[no-untyped-call]


def _whole(made: Node, term: Term) -> Run:
    run = term.without_reduction if term.without_reduction is not None else made.function
    assert run is not None
    return run


def _blank(run: Run, hidden: Tensor) -> Run:
    def blanked(*args: Any, **kwargs: Any) -> Any:
        return torch.Tensor.masked_fill(run(*args, **kwargs), hidden, 0)

    return blanked
