"""Which gradients train: those of a loss by the parameters, where a script does not call ``loss.backward()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def loss_of_gradient(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], is_learned: Callable[[object], bool]
) -> Tensor | None:
    """The loss, if a call is that of ``torch.autograd.grad`` for a step of training.

    A gradient that is differentiated once more is a part of the step, not its end.

    Args:
        function: What is called.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        is_learned: Whether something is a parameter.
    """
    if function is not torch.autograd.grad or kwargs.get("create_graph") or len(args) < 2 or len(args[0]) != 1:
        return None
    loss = args[0][0]
    return loss if any(map(is_learned, args[1])) and isinstance(loss, Tensor) else None
