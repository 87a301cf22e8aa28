"""The doors `check_loss` and `CheckedLoss`: what a loss makes of a prediction and a target, before it is called."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling

from shapecheck.capture.configs import contract_of, qualified_name
from shapecheck.capture.signature import UntraceableError, signature
from shapecheck.errors import ShapeError, ShapeWarning, let_through
from shapecheck.findings import Diagnosis, NotChecked, Report
from shapecheck.loss_reading import Loss, Reading, read_loss
from shapecheck.records import Trace, TraceEntry
from shapecheck.render.diagnosis import diagnosis_text
from shapecheck.watching.verdicts import OnViolation, known

HAND_WRITTEN = "hand-written"
_TORCH = str(Path(torch.__file__).parent)
# Beyond so many distinct calls of one loss nothing more is kept of it.
MAX_DISTINCT = 64
# Attributes of the wrapper itself, whatever the loss has.
_OWN = ("loss", "on_violation", "name", "training")


class LossReport(Report):
    """A report whose text has, beside what was found, what each tensor should be and what it is."""

    def __str__(self) -> str:
        name = self.trace.model if self.trace is not None else "loss"
        found = [diagnosis_text(diagnosis) for diagnosis in self.diagnoses]
        parts = found or [f"{name}: nothing to complain of" if self.checked else f"{name}: not checked"]
        if self.checked:
            parts.append(_wants(name, self.checked))
        parts += [f"not checked: {item.what}: {item.why}" for item in self.not_checked]
        return "\n\n".join(parts)


def check_loss(loss: Loss | str, /, *inputs: Any, **kwargs: Any) -> Report:
    """Say what a loss makes of a prediction and a target. It is not called, and nothing is raised for bad input.

    Args:
        loss: A loss of torch: a module, its functional twin, or ``"hand-written"`` for one that you wrote yourself from
            two tensors, such as ``((p - y) ** 2).mean()``.
        inputs: What it would be called with: prediction and target, as tensors or `shapecheck.TensorRecord`.
        kwargs: Keyword arguments of the call.

    Returns:
        The report: what is wrong or risky, and for each tensor what it should be and what it is.

    >>> import torch
    >>> report = check_loss(nn.CrossEntropyLoss(), torch.randn(4, 5), torch.zeros(4, 1, dtype=torch.int64))
    >>> report.diagnoses[0].slug, report.diagnoses[0].fixes[0].title
    ('labels_with_extra_axis', 'target.squeeze(1)')
    >>> check_loss("hand-written", torch.randn(32, 1), torch.randn(32)).diagnoses[0].slug
    'loss_over_all_pairs'
    """
    if loss == HAND_WRITTEN:
        loss = hand_written
    problem = _no_loss(loss)
    if problem or isinstance(loss, str):
        what = repr(loss) if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
        return LossReport(not_checked=(NotChecked(what, problem),))
    reading = read_loss(loss, inputs, kwargs)
    if reading is None:
        return LossReport(not_checked=(_no_contract(loss),))
    return _report(loss, (reading,))


class CheckedLoss(nn.Module):
    """A loss that checks each new kind of call before torch is called, and says what is wrong in full.

    It takes the place of the loss that it wraps: the result, the attributes (``reduction``, ``weight``), those too
    that are set later, and the state dict are those of that loss. A call with shapes and dtypes that were seen before
    costs one comparison; values are looked at in the first call of each kind only.

    Args:
        loss: A loss of torch, as a module or as a function.
        on_violation: ``"raise"`` a `ShapeError` for an error and warn once of what is only risky; ``"warn"`` once of
            either; or only ``"record"`` them.
        name: A name for it in messages.

    Shape:
        - input, target: as the wrapped loss takes them
        - output: as the wrapped loss returns it

    Raises:
        ShapeError: It is called with what the loss does not take, or what makes it wrong for certain.
        TypeError: ``loss`` is neither a module nor a function.
        ValueError: ``on_violation`` is none of the three.

    >>> import torch
    >>> criterion = CheckedLoss(nn.MSELoss())
    >>> criterion.reduction
    'mean'
    >>> criterion(torch.zeros(4, 1), torch.zeros(4))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    shapecheck.errors.ShapeError: SC404: ...
    """

    def __init__(self, loss: Loss, *, on_violation: OnViolation = "raise", name: str = "loss") -> None:
        super().__init__()
        if problem := _no_loss(loss):
            raise TypeError(f"expected a loss, got {getattr(loss, '__name__', type(loss).__name__)}: {problem}")
        self.loss, self.on_violation, self.name = loss, known(on_violation), name
        self._known: dict[Hashable, Reading | None] = {}
        self._told: set[Diagnosis] = set()
        self._is_off = False

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Check the call, then do what the loss does."""
        if not (self._is_off or is_compiling()):
            self._check(args, kwargs)
        return self.loss(*args, **kwargs)  # type: ignore[no-any-return]

    @property
    def __wrapped__(self) -> Loss:
        """What is called in the end: whoever asks for the contract of this loss asks for its."""
        return self.loss

    @property
    def report(self) -> Report:
        """Everything that was found so far."""
        readings = tuple(reading for reading in self._known.values() if reading is not None)
        missed = () if readings or not self._known else (_no_contract(self.loss),)
        return _report(self.loss, readings, missed)

    def extra_repr(self) -> str:
        """What is written between the brackets."""
        return "" if isinstance(self.loss, nn.Module) else getattr(self.loss, "__name__", "")

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            inner = self.__dict__.get("_modules", {}).get("loss")
            if inner is None:
                raise
            return getattr(inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # What can be read through the wrapper can be written through it: the loss itself must know of the new setting.
        inner = self._inner_with(name)
        if inner is None:
            super().__setattr__(name, value)
        else:
            setattr(inner, name, value)

    def __delattr__(self, name: str) -> None:
        inner = self._inner_with(name)
        if inner is None:
            super().__delattr__(name)
        else:
            delattr(inner, name)

    def _inner_with(self, name: str) -> nn.Module | None:
        """The wrapped module, if this attribute is its own and none of the wrapper's."""
        if name in _OWN or name.startswith("_") or hasattr(type(self), name):
            return None
        inner: nn.Module | None = self.__dict__.get("_modules", {}).get("loss")
        return inner if inner is not None and hasattr(inner, name) else None

    def __getstate__(self) -> dict[str, Any]:
        # A copy begins anew: what was told of this one was not told of the copy.
        return {**self.__dict__, "_known": {}, "_told": set()}

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The state of the loss, under the names that it has without the wrapper."""
        inner = self._modules.get("loss")
        return super().state_dict(*args, **kwargs) if inner is None else inner.state_dict(*args, **kwargs)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        if "loss" in self._modules:
            for key in [key for key in state_dict if key.startswith(prefix)]:
                state_dict[f"{prefix}loss.{key.removeprefix(prefix)}"] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _check(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        try:
            key = _key(self.loss, args, kwargs)
            if key in self._known:
                reading = self._known[key]
            else:
                reading = read_loss(self.loss, args, kwargs, self.name)
                if len(self._known) < MAX_DISTINCT:
                    self._known[key] = reading
        except UntraceableError:
            return
        except Exception as bug:
            # A bug of ours is no reason to stop somebody's training.
            let_through(bug)
            self._is_off = True
            text = f"shapecheck failed and stepped aside: {bug!r}; the loss is not affected"
            warnings.warn(text, RuntimeWarning, stacklevel=_level_of_caller())
            return
        if reading is not None and self.on_violation != "record":
            self._tell(reading)

    def _tell(self, reading: Reading) -> None:
        errors = [found for found in reading.diagnoses if found.severity == "error"]
        if errors and self.on_violation == "raise":
            raise ShapeError(_message(reading, errors), tuple(errors))
        told = [found for found in reading.diagnoses if found.severity != "note" and found not in self._told]
        if told:
            self._told.update(told)
            warnings.warn(_message(reading, told), ShapeWarning, stacklevel=_level_of_caller())


def hand_written(input: Tensor, target: Tensor) -> None:  # noqa: A002
    """Stands for a loss that is written by hand from two tensors; it has a contract and is never called."""


def _key(loss: Loss, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Hashable:
    """All that the answer depends on, but for values."""
    plain = tuple(
        sorted((name, str(value)) for name, value in kwargs.items() if not isinstance(value, (Tensor, list, tuple)))
    )
    settings: Hashable = None
    if isinstance(loss, nn.Module):
        settings = tuple(
            (name, value)
            for name, value in vars(loss).items()
            if isinstance(value, (str, int, float)) and name != "training"
        )
    return signature(args), signature(kwargs), plain, settings


def _no_loss(loss: Any) -> str:
    """Why something cannot be a loss, or ``""``."""
    if isinstance(loss, type):
        return f"this is the class; make a loss of it first: {loss.__name__}()"
    if not callable(loss):
        return f"a loss is a module or a function, or {HAND_WRITTEN!r}"
    contract = contract_of(loss)
    if contract is not None and not contract.name.lower().endswith("loss"):
        return "this is a layer and no loss; shapecheck.predict says what a layer makes of its input"
    return ""


def _level_of_caller() -> int:
    """How far up, from the function that asks, the line stands that called the loss: outside torch and this file."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_TORCH, __file__)):
        level, frame = level + 1, frame.f_back
    return level


def _no_contract(loss: Any) -> NotChecked:
    name = qualified_name(loss)
    return NotChecked(
        name,
        "there is no contract for it, and nothing is guessed; write one as a shapecheck.contract.Contract in a file "
        "of your own and name it as an entry point of the group 'shapecheck.contracts', or check the two tensors of a "
        f"loss that you wrote yourself with check_loss({HAND_WRITTEN!r}, prediction, target)",
    )


def _report(loss: Loss, readings: tuple[Reading, ...], missed: tuple[NotChecked, ...] = ()) -> Report:
    contract = contract_of(loss)
    name = readings[0].call.type if readings else contract.name if contract is not None else qualified_name(loss)
    found = dict.fromkeys(diagnosis for reading in readings for diagnosis in reading.diagnoses)
    return LossReport(
        trace=Trace(name, tuple(TraceEntry(reading.call) for reading in readings)),
        diagnoses=tuple(found),
        checked=tuple(dict.fromkeys(line for reading in readings for line in reading.translation)),
        not_checked=missed,
    )


def _message(reading: Reading, found: list[Diagnosis]) -> str:
    parts = [diagnosis_text(diagnosis) for diagnosis in found]
    return "\n\n".join((*parts, _wants(reading.call.type, reading.translation)))


def _wants(name: str, translation: tuple[str, ...]) -> str:
    return "\n".join((f"what {name} wants:", *(f"  {line}" for line in translation)))
