"""Draws calls of every loss near the boundary of what it takes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

Shape = tuple[int, ...]
Case = tuple[Any, list[Any], dict[str, Any]]

FLOATS = (torch.float32,) * 6 + (torch.float64, torch.float16, torch.bfloat16)
OTHERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128)
SIZES = (0, 1, 1, 2, 2, 3, 3, 4, 5)
REDUCTIONS = ("none", "mean", "sum") * 5 + ("elementwise_mean", "batchmean", "bogus")


class LossDraw:
    """Draws calls, from a seed or from hypothesis; a method for each family of losses."""

    def __init__(self, source: int | Random) -> None:
        self.random = Random(source) if isinstance(source, int) else source
        torch.manual_seed(self.random.randrange(2**31))

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def size(self) -> int:
        return self.one(*SIZES)

    def shape(self) -> Shape:
        return tuple(self.size() for _ in range(self.one(0, 1, 1, 2, 2, 2, 3, 3, 4)))

    def near(self, shape: Shape, same: float = 0.45) -> Shape:
        """The shape itself, or one that differs from it in one respect."""
        if self.maybe(same):
            return shape
        sizes = list(shape)
        at = self.random.randrange(len(sizes)) if sizes else 0
        kind = (
            self.one("size", "one", "drop", "insert", "last", "ones", "swap", "other")
            if sizes
            else self.one("insert", "other")
        )
        if kind in ("size", "one"):
            sizes[at] = 1 if kind == "one" else self.size()
        elif kind == "drop":
            del sizes[at]
        elif kind == "last":
            sizes.pop()
        elif kind == "ones":
            sizes = [1] * len(sizes)
        elif kind == "swap":
            sizes[0], sizes[-1] = sizes[-1], sizes[0]
        elif kind == "insert":
            sizes.insert(self.random.randint(0, len(sizes)), self.one(1, 1, 2))
        else:
            sizes = list(self.shape())
        return tuple(sizes)

    def dtype(self, *preferred: torch.dtype) -> torch.dtype:
        if self.maybe(0.75):
            return self.one(*(preferred or (torch.float32,)))
        return self.one(*FLOATS) if self.maybe(0.5) else self.one(*FLOATS, *OTHERS)

    def tensor(
        self, shape: Shape, dtype: torch.dtype, least: int = 0, most: int = 3, *, unit: bool = False
    ) -> torch.Tensor:
        """Random numbers; whole ones in ``[least, most)``."""
        if dtype.is_floating_point or dtype.is_complex:
            return (torch.rand(shape) if unit else torch.randn(shape)).to(dtype)
        return torch.randint(least, most, shape).to(dtype)

    def settings(self, **more: Any) -> dict[str, Any]:
        reduction = {"reduction": self.one(*REDUCTIONS)} if self.maybe(0.8) else {}
        return {**reduction, **more}

    def case(
        self, function: Any, module: type[nn.Module], args: list[Any], kwargs: dict[str, Any], *, old: bool = True
    ) -> Case:
        """As a function or as its module, with the old arguments of the function now and then."""
        if self.maybe(0.3):
            try:
                return module(**kwargs), args, {}
            except ValueError:
                # The module looks at its settings; the function is asked instead.
                return function, args, kwargs
        if old and self.maybe(0.06):
            kwargs["size_average"] = self.one(True, False, None)
        if old and self.maybe(0.06):
            kwargs["reduce"] = self.one(True, False)
        return function, args, kwargs

    def pair(self, *, same: float = 0.0, unit: bool = False) -> list[torch.Tensor]:
        shape = self.shape()
        dtype = self.dtype()
        other = dtype if self.maybe(0.5) else self.dtype()
        target = shape if self.maybe(same) else self.near(shape)
        return [self.tensor(shape, dtype, unit=unit), self.tensor(target, other, unit=unit)]

    def weights(self, like: torch.Tensor, *names: str) -> dict[str, torch.Tensor]:
        """Weights near the shape of the input; functions and modules take them alike."""
        return {
            name: self.tensor(self.near(tuple(like.shape)), self.one(*FLOATS, *OTHERS))
            for name in names
            if self.maybe(0.25)
        }

    def regression(self, function: Any, module: type[nn.Module], weight: bool, **more: Any) -> Case:
        args = self.pair()
        kwargs = self.settings(**{name: self.one(*values) for name, values in more.items() if self.maybe(0.35)})
        if weight and self.maybe(0.25):
            return (
                function,
                args,
                {**kwargs, "weight": self.tensor(self.near(tuple(args[0].shape)), self.one(*FLOATS, *OTHERS))},
            )
        return self.case(function, module, args, kwargs, old=function is not F.huber_loss)

    def formula(self, function: Any, module: type[nn.Module], *weights: str, same: float = 0.0, **more: Any) -> Case:
        args = self.pair(same=same, unit=function is F.binary_cross_entropy and self.maybe(0.8))
        kwargs = self.settings(**{name: self.one(*values) for name, values in more.items() if self.maybe(0.5)})
        return self.case(function, module, args, {**kwargs, **self.weights(args[0], *weights)})

    def three(self, function: Any, module: type[nn.Module], old: bool = True, **more: Any) -> Case:
        shape = (self.size(), self.size()) if self.maybe(0.4) else self.shape()
        dtype = self.dtype()
        args: list[Any] = [self.tensor(shape, dtype)]
        for _ in range(2):
            args += [self.tensor(self.near(shape, 0.7), dtype if self.maybe(0.7) else self.dtype())]
        if len(shape) > 1 and self.maybe(0.1):
            # Both fit the first, and not each other.
            args = [self.tensor((size, *shape[1:]), dtype) for size in (1, 2, 3)]
        if function is F.gaussian_nll_loss:
            args[2] = self._variance(shape, args[2])
        if function is F.cosine_embedding_loss and self.maybe(0.7):
            args[2] = self.tensor(self.near(shape[:-1], 0.7), args[2].dtype)
        kwargs = self.settings(**{name: self.one(*values) for name, values in more.items() if self.maybe(0.3)})
        return self.case(function, module, args, kwargs, old=old)

    def _variance(self, shape: Shape, drawn: torch.Tensor) -> Any:
        if self.maybe(0.15):
            return self.one(1.0, 0.5, -1.0, 1, True, 0.0)
        if shape and self.maybe(0.3):
            axis = self.random.randrange(len(shape))
            drawn = self.tensor(shape[:-1] if self.maybe(0.5) else (*shape[:axis], 1, *shape[axis + 1 :]), drawn.dtype)
        return drawn.abs() if drawn.dtype != torch.bool and self.maybe(0.8) else drawn

    def classes(self, function: Any, module: type[nn.Module]) -> Case:
        shape = self.shape()
        if len(shape) < 2 and self.maybe(0.6):
            shape = (self.size(), self.one(1, 2, 3, 5), *shape)
        dtype = self.dtype()
        count = shape[0] if len(shape) == 1 else shape[1] if shape else 1
        rows = (shape[0], *shape[2:]) if len(shape) > 1 else self.one((), (), (1,))
        target = self.one(rows, rows, rows, self.near(rows), self.near(rows), shape, shape[:-1], self.near(shape))
        labels = self.one(*(torch.int64,) * 4, torch.uint8, torch.int32, self.dtype())
        if target == shape and self.maybe(0.7):
            labels = self.dtype()
        kwargs = self.settings()
        if self.maybe(0.3):
            kwargs["ignore_index"] = self.one(-100, -1, 0, 1, 2, 7, 100)
        given = self.tensor(target, labels, 0, max(count, 1))
        self._spoil(given, count, kwargs.get("ignore_index", -100))
        if self.maybe(0.3):
            size = self.one(*((count,),) * 5, (count, 1), (), (count + 1,), (1,))
            kwargs["weight"] = self.tensor(size, dtype if self.maybe(0.7) else self.dtype())
        if function is F.cross_entropy and self.maybe(0.4):
            kwargs["label_smoothing"] = self.one(0.0, 0.1, 0.1, 1.0, 1, 1.5, -0.5)
        return self.case(function, module, [self.tensor(shape, dtype), given], kwargs)

    def _spoil(self, labels: torch.Tensor, count: int, ignored: int) -> None:
        """Put in labels that are ignored, or out of range."""
        if labels.dtype not in (torch.int64, torch.int32, torch.uint8) or not labels.numel():
            return
        wrap = 256 if labels.dtype == torch.uint8 else 2**40
        at = self.random.randrange(labels.numel())
        wild = [count, count + 1, 120] + ([] if wrap == 256 else [-1, -2])
        if count == 0 and self.maybe(0.5):
            # Of no class at all torch takes labels that it ignores, with some numbers of axes.
            labels.fill_(ignored % wrap if wrap == 256 else ignored)
        match self.random.randrange(9):
            case 0:
                labels.view(-1)[at] = ignored % wrap if wrap == 256 else ignored
            case 1:
                labels.fill_(ignored % wrap if wrap == 256 else ignored)
            case 2:
                labels.view(-1)[at] = self.one(*wild)

    def margins(self, function: Any, module: type[nn.Module]) -> Case:
        many = function is F.multilabel_margin_loss
        shape = self.one((self.size(), self.size()), (self.size(), self.size()), (self.size(),), (), self.shape())
        dtype = self.one(*(torch.float32,) * 6, torch.float64, self.dtype())
        count = shape[-1] if shape else 1
        wanted = shape if many else shape[:-1]
        target = self.one(wanted, wanted, wanted, self.near(wanted), self.near(shape))
        labels = self.tensor(
            target, torch.int64 if self.maybe(0.75) else self.dtype(), -1 if many else 0, max(count, 1)
        )
        if labels.numel() and labels.dtype == torch.int64 and self.maybe(0.2):
            labels.view(-1)[self.random.randrange(labels.numel())] = self.one(count, count + 1, -1, -2)
        kwargs = self.settings()
        if not many and self.maybe(0.3):
            kwargs["p"] = self.one(1, 2, 2, 3, 1.0)
        if not many and self.maybe(0.3):
            size = self.one(*((count,),) * 4, (), (count, 1), (count + 1,))
            kwargs["weight"] = self.tensor(size, dtype if self.maybe(0.7) else self.dtype())
        return self.case(function, module, [self.tensor(shape, dtype), labels], kwargs)

    def ctc(self) -> Case:
        steps, batch, count, most = (
            self.one(0, 1, 2, 3, 5),
            self.one(0, 1, 1, 2, 3),
            self.one(0, 1, 2, 3, 5),
            self.one(0, 1, 2, 3),
        )
        if self.maybe(0.6):
            steps, batch, count = max(steps, 2), max(batch, 1), max(count, 2)
        is_single = self.maybe(0.25)
        batch = 1 if is_single else batch
        shape = self.near((steps, count) if is_single else (steps, batch, count), 0.92)
        targets = [self.one(0, 1, 2, most, most, most) for _ in range(batch)]
        inputs = [self.one(steps, steps, steps, max(steps - 1, 0), 1) for _ in range(batch)]
        if targets and self.maybe(0.08):
            targets[0] = self.one(-1, most + 1)
        if inputs and self.maybe(0.08):
            inputs[0] = self.one(-1, steps + 1)
        whole = (max(sum(targets), 0),)
        wanted = self.one((batch, most), (batch, most), whole, whole, self.near((batch, most)), self.near(whole))
        dtype = self.one(*(torch.float32,) * 6, torch.float64, self.dtype())
        # In range always: torch does not look, and reads past the end.
        labels = self.tensor(wanted, torch.int64, 0, max(shape[-1], 1) if shape else 1).to(
            self.one(*(torch.int64,) * 5, *OTHERS, *FLOATS[-3:])
        )
        args = [self.tensor(shape, dtype), labels, self._lengths(inputs), self._lengths(targets)]
        kwargs = self.settings(**({"blank": self.one(0, 1, 2, -1, 5)} if self.maybe(0.2) else {}))
        return self.case(F.ctc_loss, nn.CTCLoss, args, kwargs, old=False)

    def _lengths(self, numbers: list[int]) -> Any:
        if self.maybe(0.2):
            return self.one(list, tuple)(numbers)
        small = torch.uint8 if min([*numbers, 0]) >= 0 else torch.int8
        given = torch.tensor(numbers, dtype=self.one(*(torch.int64,) * 4, torch.int32, small, torch.float32))
        if numbers and self.maybe(0.08):
            return given.reshape(self.one((-1, 1), (1, -1)))
        return (
            given[:-1] if self.maybe(0.06) else given.reshape(()) if given.numel() == 1 and self.maybe(0.1) else given
        )


POWERS = {"p": (1.0, 2.0, 3.0, float("inf"), -1.0), "margin": (0, 0.5, -1.0), "swap": (True, False)}
KEPT = {"distance_function": (nn.PairwiseDistance(), nn.PairwiseDistance(keepdim=True))}
BETAS, DELTAS, BOTH = {"beta": (0, 0.0, 0.5, 1, -1.0)}, {"delta": (0, -1.0, 0.5, 1)}, (True, False)

LOSSES = {
    "L1Loss": lambda draw: draw.regression(F.l1_loss, nn.L1Loss, True),
    "MSELoss": lambda draw: draw.regression(F.mse_loss, nn.MSELoss, True),
    "SmoothL1Loss": lambda draw: draw.regression(F.smooth_l1_loss, nn.SmoothL1Loss, False, **BETAS),
    "HuberLoss": lambda draw: draw.regression(F.huber_loss, nn.HuberLoss, True, **DELTAS),
    "CrossEntropyLoss": lambda draw: draw.classes(F.cross_entropy, nn.CrossEntropyLoss),
    "NLLLoss": lambda draw: draw.classes(F.nll_loss, nn.NLLLoss),
    "PoissonNLLLoss": lambda draw: draw.formula(F.poisson_nll_loss, nn.PoissonNLLLoss, log_input=BOTH, full=BOTH),
    "GaussianNLLLoss": lambda draw: draw.three(F.gaussian_nll_loss, nn.GaussianNLLLoss, False, full=BOTH),
    "KLDivLoss": lambda draw: draw.formula(F.kl_div, nn.KLDivLoss, log_target=BOTH),
    "BCELoss": lambda draw: draw.formula(F.binary_cross_entropy, nn.BCELoss, "weight", same=0.5),
    "BCEWithLogitsLoss": lambda draw: draw.formula(
        F.binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss, "weight", "pos_weight", same=0.5
    ),
    "CTCLoss": lambda draw: draw.ctc(),
    "MarginRankingLoss": lambda draw: draw.three(F.margin_ranking_loss, nn.MarginRankingLoss, margin=(0, 0.5, 1)),
    "HingeEmbeddingLoss": lambda draw: draw.formula(F.hinge_embedding_loss, nn.HingeEmbeddingLoss),
    "CosineEmbeddingLoss": lambda draw: draw.three(F.cosine_embedding_loss, nn.CosineEmbeddingLoss, margin=(0, 0.5)),
    "SoftMarginLoss": lambda draw: draw.formula(F.soft_margin_loss, nn.SoftMarginLoss),
    "MultiMarginLoss": lambda draw: draw.margins(F.multi_margin_loss, nn.MultiMarginLoss),
    "MultiLabelMarginLoss": lambda draw: draw.margins(F.multilabel_margin_loss, nn.MultiLabelMarginLoss),
    "MultiLabelSoftMarginLoss": lambda draw: draw.formula(
        F.multilabel_soft_margin_loss, nn.MultiLabelSoftMarginLoss, "weight"
    ),
    "TripletMarginLoss": lambda draw: draw.three(F.triplet_margin_loss, nn.TripletMarginLoss, **POWERS),
    "TripletMarginWithDistanceLoss": lambda draw: draw.three(
        F.triplet_margin_with_distance_loss,
        nn.TripletMarginWithDistanceLoss,
        False,
        margin=POWERS["margin"],
        swap=BOTH,
        **KEPT,
    ),
}


@pytest.fixture(params=LOSSES)
def loss_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def drawn(loss_name: str) -> Any:
    """Draws one call of the loss from a seed or a random source."""
    return lambda source: LOSSES[loss_name](LossDraw(source))
