"""The doors `CheckedLSTM` and `CheckedLinear`: torch's layers, which say what is wrong before torch does."""

from __future__ import annotations

import copy
import warnings
from typing import Any, ClassVar, Self

from torch import Tensor, nn
from torch.fx import Proxy
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.copies import Private
from shapecheck.capture.hooks import is_under_compiler
from shapecheck.findings import Report
from shapecheck.records import Trace
from shapecheck.watching.call_checks import CallChecks


class _Checked(nn.Module):
    """What both layers have beside torch's own: a name, and checks of their calls."""

    _torch: ClassVar[type[nn.Module]]

    def __init__(self, *args: Any, stage: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._start(stage)

    @property
    def trace(self) -> Trace:
        """The distinct calls so far."""
        return self._checks.trace(type(self).__name__)

    @property
    def report(self) -> Report:
        """The distinct calls so far, and what to know of those that were accepted (a 2-D input is one sequence)."""
        return self._checks.report(type(self).__name__)

    @classmethod
    def _taken_over(cls, module: nn.Module, stage: str) -> Self:
        """A layer that shares everything with ``module`` but its hooks and its name."""
        base = cls._torch
        # A subclass (a parametrized layer among them) may compute its weights or its result in its own way.
        if type(module) not in (base, cls):
            why = "; its class may do more than the wrapper knows" if isinstance(module, base) else ""
            raise TypeError(f"expected an nn.{base.__name__}, got {type(module).__name__}{why}")
        layer = cls.__new__(cls)
        # Torch's own attributes are dicts and lists of parameters and hooks: each layer has its own, of the same.
        layer.__dict__.update({name: copy.copy(value) for name, value in module.__dict__.items() if name != "_checks"})
        for hooks in (layer._forward_hooks, layer._forward_pre_hooks):
            for key in [key for key, hook in hooks.items() if isinstance(hook, Private)]:
                # A watch of the old layer knows nothing of the new one, and could not take its hooks off.
                del hooks[key]
        layer._start(stage)
        return layer

    def __prepare_scriptable__(self) -> nn.Module:
        """What torch.jit.script compiles in its place: torch's layer, of the same parameters.

        torch puts it into the model that is scripted as well, which has its checks no more.
        """
        kind, torchs = type(self).__name__, f"nn.{self._torch.__name__}"
        warnings.warn(
            f"torch.jit.script takes {torchs} for {kind}, and leaves it in the model in its place; "
            "torch.jit.script(copy.deepcopy(model)) keeps the checks of the model",
            stacklevel=2,
        )
        layer = self._torch.__new__(self._torch)
        ours = ("stage", "_checks")
        layer.__dict__.update({name: copy.copy(value) for name, value in self.__dict__.items() if name not in ours})
        return layer

    def _start(self, stage: str) -> None:
        self.stage, self._checks = stage, CallChecks(f"{self._torch.__module__}.{self._torch.__qualname__}")

    def _run(self, *args: Any) -> Any:
        """Check a call, then do what torch does."""
        if is_under_compiler():
            return self._torch.forward(self, *args)
        if type(args[0]) is Proxy:
            return _traced(self, self._torch, args)
        return self._checks.run(self, self._torch.forward, args, self.stage)


def _traced(layer: nn.Module, base: type[nn.Module], args: tuple[Any, ...]) -> Any:
    """What torch.fx makes of a layer of torch's: one node of its graph, unless the layer is all that is traced."""
    tracer = args[0].tracer
    try:
        path = tracer.path_of_module(layer)
    except NameError:
        path = ""
    if not path:
        return base.forward(layer, *args)
    given = args if args[-1] is not None else args[:-1]
    return tracer.create_proxy("call_module", path, given, {})


class CheckedLSTM(_Checked, nn.LSTM):
    """An nn.LSTM that records its calls, and holds each against its contract before torch is called.

    It takes the place of nn.LSTM anywhere: the constructor, the state dict and the results are the same. A call with
    shapes that were found good before costs one comparison.

    Args:
        args: As for nn.LSTM.
        stage: A name for this layer in messages.
        kwargs: As for nn.LSTM.

    Shape:
        - input: ``(batch_size, seq_length, num_features)`` with ``batch_first=True``, or as nn.LSTM takes it
        - output, ``(h_n, c_n)``: as nn.LSTM returns them

    Raises:
        ShapeError: It is called with what an LSTM does not take.

    >>> import torch
    >>> layer = CheckedLSTM(1, 100, num_layers=2, batch_first=True, stage="encoder")
    >>> output, (h_n, c_n) = layer(torch.zeros(4, 7, 1))
    >>> [(record.role, record.dims) for record in layer.trace.entries[0].call.inputs]
    [('input', ('batch_size', 'seq_length', 'num_features'))]
    """

    _torch = nn.LSTM

    @classmethod
    def of(cls, module: nn.LSTM, *, stage: str = "") -> Self:
        """Take over an existing nn.LSTM: the new layer has the same parameters, not copies of them.

        Raises:
            TypeError: It is no nn.LSTM, or of a class that may do more than nn.LSTM does.
        """
        return cls._taken_over(module, stage)

    def forward(  # type: ignore[override]
        self,
        input: Tensor | PackedSequence,  # noqa: A002
        hx: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        """Check the call, then do what nn.LSTM does."""
        return self._run(input, hx)  # type: ignore[no-any-return]


class CheckedLinear(_Checked, nn.Linear):
    """An nn.Linear that records its calls, and holds each against its contract before torch is called.

    It takes the place of nn.Linear anywhere: the constructor, the state dict and the results are the same. A call with
    shapes that were found good before costs one comparison.

    Args:
        args: As for nn.Linear.
        stage: A name for this layer in messages.
        kwargs: As for nn.Linear.

    Shape:
        - input: ``(..., in_features)``
        - output: ``(..., out_features)``

    Raises:
        ShapeError: It is called with what a Linear does not take.

    >>> import torch
    >>> layer = CheckedLinear(100, 1, stage="head")
    >>> layer(torch.zeros(28, 10))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    shapecheck.errors.ShapeError: SC...
    """

    _torch = nn.Linear

    @classmethod
    def of(cls, module: nn.Linear, *, stage: str = "") -> Self:
        """Take over an existing nn.Linear: the new layer has the same parameters, not copies of them.

        Raises:
            TypeError: It is no nn.Linear, or of a class that may do more than nn.Linear does.
        """
        return cls._taken_over(module, stage)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Check the call, then do what nn.Linear does."""
        return self._run(input)  # type: ignore[no-any-return]
