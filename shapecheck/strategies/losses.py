"""Strategies for losses with the tensors that they take, or with exactly one thing wrong with these."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from shapecheck.capture.configs import seen_through
from shapecheck.errors import ShapecheckError, expect
from shapecheck.strategies import tensors
from shapecheck.strategies.sizes import Coincidence, sizes

Drawn = st.SearchStrategy[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class LossExample:
    """A loss and the tensors of one call of it.

    Args:
        loss: The loss.
        arguments: What it is given: prediction and target first.
        violation: What is wrong with them; empty if they are right.
    """

    loss: nn.Module
    arguments: tuple[Any, ...]
    violation: str = ""

    def call(self) -> Tensor:
        """Call the loss."""
        result: Tensor = self.loss(*self.arguments)
        return result

    def __repr__(self) -> str:
        given = ", ".join(f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}" for value in self.arguments)
        return f"<{self.loss} of {given}{f'; wrong: {self.violation}' if self.violation else ''}>"


@st.composite
def cross_entropy_inputs(
    draw: st.DrawFn,
    loss: nn.CrossEntropyLoss | nn.NLLLoss | None = None,
    *,
    extra_axes: int | None = 0,
    probabilities: bool = False,
    coincidences: Collection[Coincidence] = (),
) -> LossExample:
    """Scores and labels for cross entropy.

    Args:
        draw: Given by Hypothesis.
        loss: The loss; a plain ``nn.CrossEntropyLoss()`` if left out.
        extra_axes: How many axes K stand behind the classes, ``(N, C, d_1, ..., d_K)``; 0 to 2 if None.
        probabilities: Whether the target holds a probability for each class instead of a label.
        coincidences: Sizes to allow beyond pairwise different ones, as in `sizes`.

    Shape:
        - ``arguments[0]``: ``(N, C, d_1, ..., d_K)``, float32 scores.
        - ``arguments[1]``: ``(N, d_1, ..., d_K)``, int64 in [0, C); or the shape of the scores, float32, summing to 1
          along axis 1.
    """
    count = draw(st.integers(0, 2)) if extra_axes is None else extra_axes
    batch, classes, *rest = draw(sizes(2 + count, max_size=8, coincidences=coincidences).filter(lambda s: s[1] > 0))
    scores = draw(tensors.floats((batch, classes, *rest)))
    if isinstance(loss, nn.NLLLoss):
        scores = scores.log_softmax(dim=1)
    if probabilities:
        target = draw(tensors.floats((batch, classes, *rest))).softmax(dim=1)
    else:
        target = draw(tensors.integers((batch, *rest), 0, classes))
    return LossExample(loss or nn.CrossEntropyLoss(), (scores, target))


@st.composite
def invalid_cross_entropy_inputs(draw: st.DrawFn, loss: nn.CrossEntropyLoss | nn.NLLLoss | None = None) -> LossExample:
    """Scores ``(N, C)`` and labels of which exactly one thing is wrong; the example's ``violation`` names it."""
    example = draw(cross_entropy_inputs(loss))
    violation = draw(st.sampled_from(sorted(_LABELS)))
    scores, labels = example.arguments
    return replace(example, arguments=_LABELS[violation](scores, labels), violation=violation)


def loss_inputs(loss: nn.Module, *, coincidences: Collection[Coincidence] = ()) -> st.SearchStrategy[LossExample]:
    """Tensors that a loss of ``torch.nn`` takes, with values in its range.

    Args:
        loss: The loss.
        coincidences: Sizes to allow beyond pairwise different ones, as in `sizes`.

    Raises:
        ShapecheckError: The loss is not one of ``torch.nn``.
        TypeError: It is no module.
    """
    expect("loss", loss, nn.Module, "a loss of torch.nn", by="loss_inputs")
    inner = seen_through(loss)
    if inner is not loss and isinstance(inner, nn.Module):
        return loss_inputs(inner, coincidences=coincidences).map(lambda example: replace(example, loss=loss))
    if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss):
        return cross_entropy_inputs(loss, coincidences=coincidences)
    for kind in type(loss).__mro__:
        if kind in _ARGUMENTS:
            return _ARGUMENTS[kind](coincidences).map(lambda arguments: LossExample(loss, arguments))
    raise ShapecheckError(f"no strategy knows what {type(loss).__name__} takes; draw its tensors with `floats`")


@st.composite
def invalid_loss_inputs(draw: st.DrawFn, loss: nn.Module) -> LossExample:
    """Tensors of which the target has a batch of another size, so that no broadcasting makes them fit."""
    expect("loss", loss, nn.Module, "a loss of torch.nn", by="invalid_loss_inputs")
    inner = seen_through(loss)
    if inner is not loss and isinstance(inner, nn.Module):
        return replace(draw(invalid_loss_inputs(inner)), loss=loss)
    if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss):
        return draw(invalid_cross_entropy_inputs(loss))
    example = draw(loss_inputs(loss))
    first, target, *rest = example.arguments
    longer = torch.cat((target, target[:1]))
    return replace(example, arguments=(first, longer, *rest), violation="lengths differ")


_LABELS: Mapping[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "extra axis": lambda scores, labels: (scores, labels.unsqueeze(1)),
    "one-hot": lambda scores, labels: (scores, nn.functional.one_hot(labels, scores.shape[1])),
    "float labels": lambda scores, labels: (scores, labels.float()),
    "lengths differ": lambda scores, labels: (scores, torch.cat((labels, labels[:1]))),
    "label out of range": lambda scores, labels: (scores, torch.cat((labels[1:], torch.tensor([scores.shape[1]])))),
    "classes first": lambda scores, labels: (scores.t(), labels),
}


def _alike(
    target: Callable[[tuple[int, ...]], st.SearchStrategy[Tensor]],
) -> Callable[[Collection[Coincidence]], Drawn]:
    """Prediction and target of one shape."""

    def draw(coincidences: Collection[Coincidence]) -> Drawn:
        shapes = st.integers(1, 3).flatmap(lambda count: sizes(count, max_size=8, coincidences=coincidences))
        return shapes.flatmap(lambda shape: st.tuples(tensors.floats(shape), target(shape)))

    return draw


def _mapped(change: Callable[..., tuple[Any, ...]], arguments: Callable[[Collection[Coincidence]], Drawn]) -> Any:
    return lambda coincidences: arguments(coincidences).map(lambda drawn: change(*drawn))


def _matrix(
    make: Callable[[int, int], st.SearchStrategy[tuple[Any, ...]]],
) -> Callable[[Collection[Coincidence]], Drawn]:
    """Arguments made for a batch and a number of classes or features, both at least 1."""

    def draw(coincidences: Collection[Coincidence]) -> Drawn:
        pair = sizes(2, max_size=8, coincidences=coincidences).filter(lambda drawn: drawn[1] > 0)
        return pair.flatmap(lambda drawn: make(*drawn))

    return draw


def _ctc(batch: int, classes: int) -> Drawn:
    steps, longest = 9, 3
    scores = tensors.floats((steps, batch, classes + 1)).map(lambda drawn: drawn.log_softmax(dim=-1))
    labels = tensors.integers((batch, longest), 1, classes + 1)
    lengths = st.just(torch.full((batch,), steps)), st.just(torch.full((batch,), longest))
    return st.tuples(scores, labels, *lengths)


_SAME = _alike(tensors.floats)
_ARGUMENTS: Mapping[type[nn.Module], Callable[[Collection[Coincidence]], Drawn]] = {
    nn.L1Loss: _SAME,
    nn.MSELoss: _SAME,
    nn.SmoothL1Loss: _SAME,
    nn.HuberLoss: _SAME,
    nn.BCELoss: _mapped(lambda p, t: (p.sigmoid(), t), _alike(tensors.fractions)),
    nn.BCEWithLogitsLoss: _alike(tensors.fractions),
    nn.PoissonNLLLoss: _alike(tensors.fractions),
    nn.KLDivLoss: _mapped(lambda p, t: (p.log_softmax(-1), t.softmax(-1)), _SAME),
    nn.GaussianNLLLoss: _mapped(lambda p, t: (p, t, torch.ones_like(p)), _SAME),
    nn.SoftMarginLoss: _alike(tensors.signs),
    nn.HingeEmbeddingLoss: _alike(tensors.signs),
    nn.MultiLabelSoftMarginLoss: _matrix(
        lambda n, c: st.tuples(tensors.floats((n, c)), tensors.integers((n, c), 0, 2).map(Tensor.float))
    ),
    nn.MultiMarginLoss: _matrix(lambda n, c: st.tuples(tensors.floats((n, c)), tensors.integers((n,), 0, c))),
    nn.MultiLabelMarginLoss: _matrix(lambda n, c: st.tuples(tensors.floats((n, c)), tensors.integers((n, c), -1, c))),
    nn.MarginRankingLoss: _matrix(
        lambda n, _: st.tuples(tensors.floats((n,)), tensors.floats((n,)), tensors.signs((n,)))
    ),
    nn.CosineEmbeddingLoss: _matrix(
        lambda n, c: st.tuples(tensors.floats((n, c)), tensors.floats((n, c)), tensors.signs((n,)))
    ),
    nn.TripletMarginLoss: _matrix(lambda n, c: st.tuples(*(tensors.floats((n, c)) for _ in range(3)))),
    nn.TripletMarginWithDistanceLoss: _matrix(lambda n, c: st.tuples(*(tensors.floats((n, c)) for _ in range(3)))),
    nn.CTCLoss: _matrix(lambda n, c: _ctc(max(n, 1), c)),
}
