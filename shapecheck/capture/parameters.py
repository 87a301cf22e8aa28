"""How many parameters each module has, as torchinfo counts them."""

from __future__ import annotations

import torchinfo
from torch import nn


def parameters(model: nn.Module) -> tuple[tuple[str, int], ...]:
    """Module path -> number of its parameters, the modules inside it included, the model itself (``""``) first.

    A module that stands at two paths is named at both, and counted once in what holds it. Nothing is run: the shapes
    of torchinfo, which keep only the first tensor of a tuple, are not used.

    >>> parameters(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    (('', 8), ('0', 8), ('1', 0))
    """
    try:
        counted = torchinfo.summary(model, verbose=0, depth=_depth(model)).summary_list
    except Exception:
        # Exotic modules (quantised, scripted) are more than torchinfo can count; a trace does without the numbers.
        return ()
    numbers: dict[int, int] = {id(layer.module): layer.num_params for layer in counted}
    paths = model.named_modules(remove_duplicate=False)
    return tuple((path, numbers[id(module)]) for path, module in paths if id(module) in numbers)


def _depth(model: nn.Module) -> int:
    paths: list[str] = [path for path, _ in model.named_modules(remove_duplicate=False)]
    deepest: int = max(path.count(".") for path in paths)
    return 2 + deepest
