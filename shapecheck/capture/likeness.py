"""Whether a call is like the last one: the comparison that a watched call costs while nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from torch import Tensor

from shapecheck.capture.ledger import Seen
from shapecheck.capture.signature import signature


class Like:
    """What one tensor must be to be like the one that was seen."""

    __slots__ = ("dtype", "is_cpu", "shape")

    def __init__(self, tensor: Tensor) -> None:
        self.shape, self.dtype, self.is_cpu = tensor.shape, tensor.dtype, tensor.is_cpu


class Other:
    """What is no plain tensor, and no plain container."""

    __slots__ = ("signature",)

    def __init__(self, value: object) -> None:
        self.signature: Hashable = signature(value)


Likeness = Like | Other | tuple[object, ...] | dict[object, object] | None


def likeness(value: object, depth: int = 6) -> Likeness:
    """What a value must be to be like this one. It holds on to no tensor.

    >>> import torch
    >>> fits((torch.ones(2), None), likeness((torch.zeros(2), None)))
    True
    >>> fits((torch.ones(3), None), likeness((torch.zeros(2), None)))
    False
    """
    kind = type(value)
    if value is None:
        return None
    if kind is Tensor and not value.is_nested:  # type: ignore[attr-defined]
        return Like(value)  # type: ignore[arg-type]
    if depth and (kind is tuple or kind is list):
        return tuple(likeness(item, depth - 1) for item in value)  # type: ignore[attr-defined]
    if depth and kind is dict:
        return {key: likeness(item, depth - 1) for key, item in value.items()}  # type: ignore[attr-defined]
    return Other(value)


def fits(value: object, like: object) -> bool:
    """Whether a value has the shapes and dtypes of another, in the same nesting.

    Raises:
        RuntimeError: A nested tensor stands where a plain one was.
    """
    kind = type(value)
    if kind is Tensor:
        return (
            type(like) is Like
            and value.shape == like.shape  # type: ignore[attr-defined]
            and value.dtype is like.dtype  # type: ignore[attr-defined]
            and value.is_cpu is like.is_cpu  # type: ignore[attr-defined]
        )
    if kind is tuple or kind is list:
        if type(like) is not tuple or len(value) != len(like):  # type: ignore[arg-type]
            return False
        for item, like_item in zip(value, like):  # type: ignore[call-overload]  # noqa: B905, SIM110
            if not fits(item, like_item):
                return False
        return True
    if value is None:
        return like is None
    if kind is dict:
        # In their order too: a signature names them as they come.
        if type(like) is not dict or list(value) != list(like):  # type: ignore[call-overload]
            return False
        return all(fits(item, like[key]) for key, item in value.items())  # type: ignore[attr-defined]
    return type(like) is Other and like.signature == signature(value)


class Last:
    """The last call of a module, or its inputs alone.

    Args:
        training: Whether the module was in training mode.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        output: What came back; None where only the inputs count.
        seen: The entry that counts such calls.
        is_known: Whether the module's contract holds, so that equal inputs give equal outputs and need no comparison
            but of the dtype, which depends on autocast as well.
    """

    __slots__ = (
        "args", "dtype", "is_cpu", "is_known", "is_single", "kwargs", "output", "output_dtype", "output_type", "seen",
        "shape", "tick", "training",
    )  # fmt: skip

    def __init__(
        self,
        training: bool,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        output: object = None,
        seen: Seen | None = None,
        *,
        is_known: bool = False,
    ) -> None:
        self.training, self.seen, self.is_known = training, seen, is_known
        self.tick: Callable[[], int] = seen.tick if seen is not None else int
        self.args = tuple(likeness(arg) for arg in args)
        self.kwargs = {key: likeness(value) for key, value in kwargs.items()}
        self.output, self.output_type, self.output_dtype = likeness(output), type(output), _first_dtype(output)
        # One tensor in and one out, known to follow from it, is what most layers do: `Point` spells that case out.
        first = self.args[0] if len(self.args) == 1 and not kwargs else None
        self.is_single = is_known and isinstance(first, Like) and isinstance(self.output, Like)
        self.shape: object = first.shape if isinstance(first, Like) else None
        self.dtype: object = first.dtype if isinstance(first, Like) else None
        self.is_cpu = isinstance(first, Like) and first.is_cpu

    def is_like(
        self, training: bool, args: tuple[object, ...], kwargs: dict[str, object], output: object = None
    ) -> bool:
        """Whether a call has the same shapes and dtypes, in the same mode."""
        if training is not self.training or len(args) != len(self.args):
            return False
        try:
            for item, like in zip(args, self.args):  # noqa: B905
                if not fits(item, like):
                    return False
            if (kwargs or self.kwargs) and not fits(kwargs, self.kwargs):
                return False
            if self.is_known:
                return type(output) is self.output_type and _first_dtype(output) is self.output_dtype
            return fits(output, self.output)
        except RuntimeError:
            # A nested tensor has no shape.
            return False


def _first_dtype(output: object) -> object:
    """The dtype of the first tensor that came back, where it stands at the top or one below."""
    first = output[0] if type(output) is tuple and output else output
    return first.dtype if type(first) is Tensor else None
