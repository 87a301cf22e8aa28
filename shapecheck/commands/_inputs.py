"""Reads sizes from the command line, and makes inputs of these sizes for a model."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from itertools import product
from typing import TYPE_CHECKING

from shapecheck.dims import Bindings, Spec
from shapecheck.errors import DataError, SpecError

if TYPE_CHECKING:
    import torch
    from torch import nn

_WORD = re.compile(r"\S+")
# Those of CIFAR, of MNIST and of ImageNet among them; a Linear behind a flattening takes one of them only.
_SIDES = (32, 28, 64, 96, 128, 224, 299)
# Of the ways to give dtypes to several inputs: three inputs have 27.
_MOST_WAYS = 27
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_sizes(text: str) -> dict[str, int]:
    """Read ``"batch_size=4 seq_length=7"``; commas may stand between, too.

    Raises:
        SpecError: It does not parse; the message has a caret at the place.

    >>> read_sizes("batch_size=4, seq_length=7")
    {'batch_size': 4, 'seq_length': 7}
    >>> read_sizes("batch_size=4 seq_length=x")
    Traceback (most recent call last):
    shapecheck.errors.SpecError: expected a size of 0 or more, got 'x'
      batch_size=4 seq_length=x
                              ^
    """
    sizes: dict[str, int] = {}
    for found in _WORD.finditer(text.replace(",", " ")):
        word, at = found.group(), found.start()
        dim, equals, size = word.partition("=")
        if not _NAME.fullmatch(dim):
            raise SpecError(f"expected the name of a dim, got {dim!r}", text, at)
        if not equals:
            raise SpecError(f"expected {dim}=SIZE", text, at + len(dim))
        if not size.isdecimal():
            raise SpecError(f"expected a size of 0 or more, got {size!r}", text, at + len(dim) + 1)
        if dim in sizes:
            raise SpecError(f"{dim} has a size already", text, at)
        sizes[dim] = int(size)
    if not sizes:
        raise SpecError("expected dim=SIZE, at least once", text, 0)
    return sizes


def shapes_of(specs: Sequence[str], sizes: Mapping[str, int]) -> list[tuple[int, ...]]:
    """The shape of each input.

    Args:
        specs: A spec for each input; without any, there is one input of all dims in their order.
        sizes: The sizes of the dims.

    Raises:
        SpecError: A spec does not parse.
        DataError: A spec has a dim without a size.

    >>> shapes_of([], {"batch_size": 4, "seq_length": 7})
    [(4, 7)]
    """
    return [_shape(Spec.parse(text), sizes) for text in specs or [" ".join(sizes)]]


def make_inputs(
    model: nn.Module, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str], *, seed: int = 0
) -> list[torch.Tensor]:
    """Random inputs: numbers around 0, or items of the model's first embedding where integers are asked for.

    Args:
        model: The model; it decides on the device, and on the dtypes where none are given: where it refuses what its
            first layer takes, copies of it are called with others.
        shapes: The shapes.
        dtypes: One dtype for all inputs, one for each, or none.
        seed: Seed of the random numbers.

    Raises:
        DataError: An unknown dtype, or another number of them.
    """
    if len(dtypes) not in (0, 1, len(shapes)):
        raise DataError(f"expected one dtype for all inputs or one for each of {len(shapes)}, got {len(dtypes)}")
    if not dtypes:
        return _taken(model, shapes, seed)
    chosen = [_dtype(name) for name in dtypes]
    chosen *= len(shapes) if len(chosen) == 1 else 1
    return list(_tensors(model, shapes, chosen, seed))


def asked_size(model: nn.Module, dim: str, sizes: Mapping[str, int]) -> int | None:
    """The size that the first layer which sees a dim of the input was made for; None where no layer says one.

    Args:
        model: The model; a copy of it is called once.
        dim: The dim.
        sizes: All dims of the input in their order; ``batch_size`` and ``seq_length`` are never a layer's to say.
    """
    import torch

    from shapecheck.model_sizes import model_sizes
    from shapecheck.protocol import Protocol, Stage

    rest = {name: size for name, size in sizes.items() if name != dim}
    protocol = Protocol("", (Stage("input", "input", " ".join(sizes)),), sizes=rest)
    # Whatever goes wrong with the copy, the model itself will be called, and tell it.
    with suppress(Exception), torch.random.fork_rng(devices=[]):
        return model_sizes(copy.deepcopy(model), protocol, "batch_size").sizes.get(dim)
    return None


def sizes_of_convolution(model: nn.Module) -> Iterator[str]:
    """Sizes for a model whose first layer is a convolution: its channels, with the sides that pictures often have."""
    import torch

    first = _first_with_parameters(model)
    if isinstance(first, torch.nn.Conv1d | torch.nn.Conv2d | torch.nn.Conv3d):
        names = {1: ("seq_length",), 2: ("height", "width"), 3: ("depth", "height", "width")}[len(first.kernel_size)]
        for side in _SIDES:
            yield " ".join([f"batch_size=4 in_channels={first.in_channels}", *(f"{name}={side}" for name in names)])


def runs(model: nn.Module, inputs: Sequence[torch.Tensor]) -> bool:
    """Whether a copy of a model takes these inputs; what it prints is not shown."""
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        try:
            copy.deepcopy(model).eval()(*inputs)
        except Exception:
            return False
    return True


def _shape(spec: Spec, sizes: Mapping[str, int]) -> tuple[int, ...]:
    missing = [dim for dim in spec.dims if dim not in sizes]
    if missing:
        given = ", ".join(f"{dim}={size}" for dim, size in sizes.items())
        raise DataError(f"the input {str(spec)!r} has {', '.join(missing)}, whose size is not given; there is {given}")
    shape = spec.shape(Bindings.of(sizes))
    if shape is None or spec.ellipsis_at is not None:
        raise DataError(f"the input {str(spec)!r} leaves axes open; give each a name or a size")
    return shape


def _dtype(name: str) -> torch.dtype:
    import torch

    dtype = getattr(torch, name.removeprefix("torch."), None)
    if not isinstance(dtype, torch.dtype):
        raise DataError(f"expected a dtype of torch, float32 or int64 for example, got {name!r}")
    return dtype


def _taken(model: nn.Module, shapes: Sequence[tuple[int, ...]], seed: int) -> list[torch.Tensor]:
    """Inputs of the dtypes that the model takes: tokens beside features, or a mask beside both.

    Those that its first layer takes where nothing runs, so that the crash is that of the model as it is.
    """
    import torch

    usual = _default_dtype(model)
    first = list(_tensors(model, shapes, [usual] * len(shapes), seed))
    if len(shapes) == 1 and usual.is_floating_point:
        return first
    kinds = dict.fromkeys((usual, torch.int64, _float_of(model), torch.bool))
    ways = sorted(product(kinds, repeat=len(shapes)), key=lambda way: sum(dtype != usual for dtype in way))
    for way in ways[:_MOST_WAYS]:
        inputs = list(_tensors(model, shapes, way, seed))
        if runs(model, inputs):
            return inputs
    return first


def _default_dtype(model: nn.Module) -> torch.dtype:
    """What the first layer takes: an embedding takes integers, any other the dtype of the parameters."""
    import torch

    if isinstance(_first_with_parameters(model), (torch.nn.Embedding, torch.nn.EmbeddingBag)):
        return torch.int64
    return _float_of(model)


def _float_of(model: nn.Module) -> torch.dtype:
    import torch

    floats = (parameter.dtype for parameter in model.parameters() if parameter.is_floating_point())
    return next(floats, torch.get_default_dtype())


def _first_with_parameters(model: nn.Module) -> nn.Module | None:
    return next(
        (module for module in model.modules() if next(module.parameters(recurse=False), None) is not None), None
    )


def _tensors(
    model: nn.Module, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[torch.dtype], seed: int
) -> Iterator[torch.Tensor]:
    import torch

    generator = torch.Generator().manual_seed(seed)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    items = [module.num_embeddings for module in model.modules() if isinstance(module, torch.nn.Embedding)]
    for shape, dtype in zip(shapes, dtypes, strict=True):
        if dtype.is_floating_point or dtype.is_complex:
            yield torch.randn(shape, generator=generator).to(device, dtype)
        else:
            yield torch.randint(0, max(1, min(items, default=2)), shape, generator=generator).to(device, dtype)
