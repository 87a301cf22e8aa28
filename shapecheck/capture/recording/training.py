"""Which gradients train: those of a loss by the parameters, where a script does not call ``loss.backward()``."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def loss_of_gradient(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """The loss, if a call is that of ``torch.autograd.grad`` for a step of training.

    A gradient that is differentiated once more is a part of the step, not its end.
    """
    if function is not torch.autograd.grad or kwargs.get("create_graph") or len(args) < 2 or len(args[0]) != 1:
        return None
    loss = args[0][0]
    return loss if any(isinstance(tensor, nn.Parameter) for tensor in args[1]) and isinstance(loss, Tensor) else None


__all__ = ["loss_of_gradient"]
