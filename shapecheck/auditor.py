"""`audit`: looks at how a model behaves on a real batch, for mistakes that raise nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.capture.judge import Verdicts
from shapecheck.capture.places import places_of_jit, unwrapped
from shapecheck.capture.recording.session import Session
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import deputy
from shapecheck.diagnose import UNKNOWN_CODE, diagnose
from shapecheck.errors import ShapecheckError, expect
from shapecheck.explainer import Explaining
from shapecheck.findings import Diagnosis, NotChecked

# By way of `render`, which teaches it to show itself.
from shapecheck.render import Report

_COMPILED = "torch.compile was called: what listens would be compiled along with it; audit the script without it"
_NO_MODEL = "no step was seen: no model that has something to learn was called"
_NO_LOSS = (
    "no step was seen: a model was called, but no loss.backward() or torch.autograd.grad(loss, parameters) followed"
)
_NOTHING_LEARNS = "the loss was made of nothing that requires a gradient: no parameter learns from it"
_OTHER_THREAD = "a model was called in another thread; only the thread that imports torch is listened to"
_ELSEWHERE = "what other threads train"
_OF_JIT = "it is compiled by torch.jit; audit the model that it was made from"
_STEPS = "what is asked of a step of training"
_REST, _INTERRUPTED = "the rest of the step that was looked at", "it was interrupted"
_STOPPED = "the audit of the running script"


class Auditor:
    """Listens to whatever is trained between `start` and `stop`, for the first few steps.

    Args:
        batch_axis: Which axis of the inputs counts the samples, 0 or 1; found out if left out.
        looking: Is entered for as long as something is looked at, with what that is: ``"step 1"``.

    Raises:
        ShapecheckError: It is neither.
    """

    def __init__(
        self, *, batch_axis: int | None = None, looking: Callable[[str], AbstractContextManager[None]] | None = None
    ) -> None:
        self._verdicts = verdicts = Verdicts(_checked_axis(batch_axis))
        self._looking = looking or nullcontext
        self._is_amidst = False
        self._session = Session(
            judge=self._judge,
            judge_evaluation=verdicts.judge_evaluation,
            judge_followed=verdicts.judge_followed,
            judge_collected=verdicts.judge_collected,
        )

    def start(self) -> None:
        """Begin to listen."""
        self._session.start()

    def _judge(self, step: Step) -> None:
        self._is_amidst = True
        with self._looking(f"step {self._session.seen + 1}"):
            self._verdicts.judge(step)
        self._is_amidst = False

    def stop(self) -> None:
        """Stop listening; nothing of it stays behind."""
        self._session.stop()

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What was found, what is to be mended first in front."""
        trained = self._session.tape.trained
        seen = [seen for seen in self._verdicts.standing if not trained.has_learned(seen.idle)]
        found = [replace(told, check=one.check) for one in seen for told in diagnose(one.evidence)]
        return tuple(told for told in found if told.code != UNKNOWN_CODE)

    @property
    def checked(self) -> tuple[str, ...]:
        """What was checked."""
        return tuple(self._verdicts.checked)

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """What was not, and why."""
        found = self._verdicts.left
        failures = [
            *self._session.failures,
            *([self._session.recorder.failure] if self._session.recorder.failure else []),
        ]
        found += [NotChecked(_STOPPED, f"it failed itself: {type(error).__name__}: {error}") for error in failures]
        if self._is_amidst:
            found.append(NotChecked(_REST, _INTERRUPTED))
        elif self._session.ended_by_compile:
            found.append(NotChecked(_STOPPED, _COMPILED))
        elif self._session.is_called_elsewhere:
            found.append(NotChecked(_STOPPED if not self._session.seen else _ELSEWHERE, _OTHER_THREAD))
        elif not self._session.seen and not self._session.ended_by_compile:
            what = _STEPS if self._session.has_only_asked else _STOPPED
            found.append(NotChecked(what, _NO_LOSS if self._session.has_called else _NO_MODEL))
        return tuple(found)

    @property
    def report(self) -> Report:
        """All of it."""
        return self.added_to(Report())

    def added_to(self, report: Report) -> Report:
        """A report with what was found here added."""
        return replace(
            report,
            diagnoses=(*report.diagnoses, *self.diagnoses),
            checked=(*report.checked, *self.checked),
            not_checked=(*report.not_checked, *self.not_checked),
        )


@deputy
def audit(
    model: nn.Module, loss: Callable[..., Tensor], batch: tuple[Any, Any], *, batch_axis: int | None = None
) -> Report:
    """Look for mistakes that raise nothing: samples that influence each other, a loss that broadcasts, and their like.

    One step is computed on a copy of the model, in the mode that it is in, and then run again a few times with single
    items of the batch replaced. The model, its gradients, the batch and the random numbers stay as they are. Where
    the step itself raises, torch's exception goes on with the diagnosis added to it as a note.

    Args:
        model: The model; of what torch.compile has compiled, the code that it was made of runs.
        loss: A module or a function of the model's output and the target that returns one number.
        batch: The inputs (one tensor, a tuple of arguments, or a mapping of keywords) and the target. At least two
            samples, and best of sizes that are all different.
        batch_axis: Which axis of the inputs counts the samples, 0 or 1, where that cannot be told from behaviour.

    Returns:
        What was found, what was checked, and what could not be.

    Raises:
        ShapecheckError: ``batch_axis`` is neither 0 nor 1.
        TypeError: The model is none, the loss cannot be called, or the batch is no pair.

    >>> model = nn.Sequential(nn.Linear(3, 5), nn.Softmax(dim=1))
    >>> batch = torch.randn(4, 3), torch.tensor([0, 1, 2, 3])
    >>> print(audit(model, nn.CrossEntropyLoss(), batch).diagnoses[0].headline)
    an activation stands in front of a loss that has its own
    """
    _expect_arguments(model, loss, batch)
    twin = _as_written(copy.deepcopy(unwrapped(model)))
    own = copy.deepcopy(loss) if isinstance(loss, nn.Module) else loss
    inputs, target = copy.deepcopy(batch)
    auditor = Auditor(batch_axis=batch_axis)
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    with ExitStack() as around:
        around.enter_context(Explaining(with_caller=True))
        around.enter_context(torch.random.fork_rng(devices=devices))
        around.enter_context(torch.enable_grad())
        if set_stance := getattr(torch.compiler, "set_stance", None):
            # Since torch 2.6. A compiled function would be compiled anew, along with what listens.
            around.enter_context(set_stance("force_eager"))
        auditor.start()
        try:
            total = own(_called(twin, inputs), target)
            learns = not isinstance(total, Tensor) or total.requires_grad
            if learns:
                total.backward()
        finally:
            auditor.stop()
    report = auditor.report if learns else Report(not_checked=(NotChecked(_STEPS, _NOTHING_LEARNS),))
    hidden = tuple(NotChecked(f"what is inside {path or 'the model'}", _OF_JIT) for path in places_of_jit(twin))
    return replace(report, not_checked=(*report.not_checked, *hidden))


def _as_written(model: nn.Module) -> nn.Module:
    """The model without the wrappers that torch.compile has put around its parts, which warn where anybody listens."""
    for module in list(model.modules()):
        for name, part in module._modules.items():
            module._modules[name] = part if part is None else unwrapped(part)
    return model


def _expect_arguments(model: object, loss: object, batch: object) -> None:
    expect("model", model, nn.Module, "an nn.Module", by="audit")
    if isinstance(loss, type):
        raise TypeError(f"audit: expected a loss, got the class {loss.__name__}; make one of it, {loss.__name__}()")
    if not callable(loss):
        raise TypeError(f"audit: expected a loss that can be called, nn.MSELoss() for example, got {_kind(loss)}")
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        count = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
        raise TypeError(
            f"audit: expected the batch as a pair, (inputs, target), got {_kind(batch)}{count}; several inputs are a "
            "tuple of their own, ((x, lengths), target)"
        )


def _kind(value: object) -> str:
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    return f"the class {name}" if isinstance(value, type) else f"a {name}"


def _checked_axis(axis: int | None) -> int | None:
    if axis is not None and (isinstance(axis, bool) or axis not in (0, 1)):
        raise ShapecheckError(f"batch_axis: expected 0 or 1, the axis of the inputs that counts samples, got {axis!r}")
    return axis


@deputy
def _called(model: nn.Module, inputs: Any) -> Any:
    if isinstance(inputs, Mapping):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)
