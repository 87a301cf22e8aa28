"""Searches the smallest batch for which a model breaks its protocol, with Hypothesis."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from shapecheck.capture.calls import OUTPUT
from shapecheck.capture.samples import sample_dependence
from shapecheck.diagnose import diagnose
from shapecheck.errors import ProtocolError, ShapecheckError, ShapeError
from shapecheck.evidence import Evidence, Observation
from shapecheck.findings import Diagnosis, NotChecked
from shapecheck.model_sizes import model_sizes
from shapecheck.protocol import LOSS, Protocol, Stage
from shapecheck.records import Trace

# By way of `render`, which teaches it to show itself.
from shapecheck.render import Report
from shapecheck.strategies.protocols import Batch, batches
from shapecheck.strategies.tensors import seeded
from shapecheck.watcher import watch

Factory = Callable[[], nn.Module]
Loss = nn.Module | Callable[..., Tensor]


def search(
    factory: Factory,
    protocol: Protocol,
    loss: Loss | None,
    sizes: Mapping[str, int],
    vocabulary: int | None,
    max_examples: int,
    seed: int,
) -> Report:
    """What `check_model` reports; the arguments are its own."""
    fixed = dict(sizes)
    known = replace(protocol, sizes={**protocol.sizes, **fixed})
    with seeded(seed):
        made = _made(factory)
        _expect_one_input(made)
        found = model_sizes(made, known, _batch_dim(known))
    vocabulary = found.vocabulary if vocabulary is None else vocabulary
    if vocabulary is None and known.stages[0].dtype == "int64":
        raise ProtocolError(f"stage {known.stages[0].name!r} holds indices: say how many there are in vocabulary=...")
    model = _Model(factory, protocol, loss, {**found.sizes, **fixed}, vocabulary, seed)
    checked: list[str] = []
    for name, prove in model.properties().items():
        failure = _smallest(prove, model.cases(), max_examples, seed)
        if failure is not None:
            skipped = [other for other in model.properties() if other != name and other not in checked]
            left = tuple(NotChecked(other, "what was found comes first") for other in skipped)
            return Report(failure.trace, failure.diagnoses, tuple(checked), (*model.impossible(), *left))
        if name != _INDEPENDENT or model.outputs.asked:
            checked.append(name)
    return Report(checked=tuple(checked), not_checked=model.impossible())


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """A property that does not hold for one case."""

    def __init__(self, diagnoses: tuple[Diagnosis, ...], trace: Trace | None) -> None:
        super().__init__(*(found.headline for found in diagnoses))
        self.diagnoses, self.trace = diagnoses, trace


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """Two batches, the second one smaller, and the mode."""

    first: Batch
    last: Batch
    training: bool

    def __str__(self) -> str:
        sizes = ", ".join(f"{dim}={size}" for dim, size in self.first.sizes.items())
        return f"{sizes}, {'training' if self.training else 'evaluation'} mode"


Prove = Callable[[_Case], None]

_INDEPENDENT = "each sample of the output depends on its own sample only"


@dataclass(slots=True)
class _Outputs:
    """The tensors that the model returned, by role: those whose samples were told apart, and those that were not."""

    is_tried: bool = False
    asked: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    factory: Factory
    protocol: Protocol
    loss: Loss | None
    fixed: Mapping[str, int]
    vocabulary: int | None
    seed: int
    outputs: _Outputs = field(default_factory=_Outputs)

    def properties(self) -> Mapping[str, Prove]:
        found: dict[str, Prove] = {
            "the protocol holds for every batch size and sequence length": self.follows,
            "the protocol holds for a smaller last batch": self.follows_with_smaller_last,
        }
        if self._output_stages():
            found[_INDEPENDENT] = self.is_independent
        if self.loss is not None and self._has_target():
            found["the loss is one finite number and every parameter gets a gradient"] = self.learns
        return found

    def impossible(self) -> tuple[NotChecked, ...]:
        found = []
        nowhere = f"no stage of the protocol says where {self._batch_dim()} is in"
        if not self._output_stages() or (self.outputs.is_tried and not self.outputs.asked):
            found.append(NotChecked(_INDEPENDENT, f"{nowhere} the model's output"))
        elif left := sorted(self.outputs.left - self.outputs.asked):
            what = f"each sample of {', '.join(left)} depends on its own sample only"
            found.append(NotChecked(what, f"{nowhere} what the model returns there; add one at {left[0]!r}"))
        if self.loss is None:
            found.append(NotChecked("the loss and the gradients", "no loss was given"))
        elif not self._has_target():
            why = f"no stage of the protocol says what the target is; add one at '{LOSS}.target'"
            found.append(NotChecked("the loss and the gradients", why))
        return tuple(found)

    def cases(self) -> st.SearchStrategy[_Case]:
        dim = self._batch_dim()

        def with_last(first: Batch) -> st.SearchStrategy[_Case]:
            sizes = {**first.sizes, dim: max(1, first.sizes[dim] - 1)}
            return st.builds(_Case, st.just(first), self._batches(fixed=sizes), st.booleans())

        # A batch of one is where most models break, so it is tried whatever else is drawn.
        alone = self._batches(fixed={dim: 1})
        return st.one_of(self._batches(), self._batches(coincidences=("one",)), alone).flatmap(with_last)

    def follows(self, case: _Case) -> None:
        self._step(self._make(case), case, case.first)

    def follows_with_smaller_last(self, case: _Case) -> None:
        model = self._make(case)
        for batch in (case.first, case.last):
            self._step(model, case, batch)

    def is_independent(self, case: _Case) -> None:
        self.outputs.is_tried = True
        dim, sizes = self._batch_dim(), self._all_sizes(case)
        stages = [stage for stage in self._output_stages() if set(stage.parsed_spec.dims) <= set(sizes)]
        if case.first.sizes[dim] < 2 or not stages:
            return
        model, first = self._make(case), self.protocol.stages[0].parsed_spec
        found = sample_dependence(model, case.first.input, first, stages, sizes, dim)
        self.outputs.asked.update(found.asked)
        self.outputs.left.update(found.left)
        if found.seen is not None:
            raise _Broken(_told(found.seen, case), self._trace(case))

    def learns(self, case: _Case) -> None:
        model = self._make(case).train()
        loss, trace = self._step(model, case, case.first)
        assert loss is not None
        if loss.ndim or not bool(loss.isfinite()):
            text = f"the loss has shape {tuple(loss.shape)}" if loss.ndim else f"the loss is {loss.item()}"
            raise _Broken(_told(Observation("loss_not_finite", text=text), case), trace)
        loss.backward()  # type: ignore[no-untyped-call]
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and parameter.grad is None:
                text = f"after loss.backward() the parameter {name} has no gradient"
                raise _Broken(_told(Observation("parameter_without_gradient", where=name, text=text), case), trace)

    def _step(self, model: nn.Module, case: _Case, batch: Batch) -> tuple[Tensor | None, Trace]:
        """One forward, and the loss where there is one, with the trace; raises `_Broken` where the protocol is."""
        loss, dim = self.loss if isinstance(self.loss, nn.Module) else None, self._batch_dim()
        handle = watch(model, loss=loss, protocol=self.protocol, on_violation="record")
        result: Tensor | None = None
        crash: Exception | None = None
        with handle:
            try:
                output = model(batch.input)
                if self.loss is not None and batch.target is not None:
                    prediction = _prediction(output)
                    if loss is None and isinstance(prediction, Tensor):
                        # No hook is told of a function.
                        handle.loss_inputs(prediction, batch.target)
                    result = self.loss(prediction, batch.target)
            except Exception as error:
                crash = error
        # A risk breaks no property: a batch of one is tried on purpose, and a model may well read one sequence.
        found = tuple(
            item for item in handle.report.diagnoses if item.violation is not None or item.severity == "error"
        )
        if isinstance(crash, ShapeError) and not found:
            found = tuple(item for item in crash.diagnoses if isinstance(item, Diagnosis))
        if crash is not None and not found:
            text = f"{type(crash).__name__}: {crash}"
            found = diagnose(Evidence(observation=Observation("raises", text=text)))
        if found:
            last = "" if batch is case.first else f", and then {dim}={batch.sizes[dim]}"
            raise _Broken(tuple(_with_case(item, f"{case}{last}") for item in found), handle.trace)
        return result, handle.trace

    def _make(self, case: _Case) -> nn.Module:
        with seeded(self.seed):
            return _made(self.factory).train(case.training)

    def _batches(self, fixed: Mapping[str, int] | None = None, **options: Any) -> st.SearchStrategy[Batch]:
        return batches(self.protocol, vocabulary=self.vocabulary, fixed={**self.fixed, **(fixed or {})}, **options)

    def _has_target(self) -> bool:
        return any(stage.at == f"{LOSS}.target" for stage in self.protocol.stages)

    def _batch_dim(self) -> str:
        return _batch_dim(self.protocol)

    def _output_stages(self) -> tuple[Stage, ...]:
        """The stages at outputs of the model or its modules of which each sample can be told from the others."""

        def is_told(stage: Stage) -> bool:
            spec = stage.parsed_spec
            is_open = spec.ellipsis_at is not None or any(axis.is_anonymous for axis in spec.axes)
            return not is_open and self._batch_dim() in spec.dims

        outputs = [stage for stage in self.protocol.stages if stage.module != LOSS]
        return tuple(stage for stage in outputs if stage.role.partition("[")[0] == OUTPUT and is_told(stage))

    def _all_sizes(self, case: _Case) -> dict[str, int]:
        """The sizes of the batch, and those that the model itself adds (``out_size``), from one forward."""
        return {**dict(self._trace(case).sizes), **case.first.sizes}

    def _trace(self, case: _Case) -> Trace:
        """What one forward of the case looks like."""
        model = self._make(case)
        handle = watch(model, protocol=self.protocol, on_violation="record")
        with handle, torch.no_grad(), suppress(Exception):
            model(case.first.input)
        return handle.trace


def _expect_one_input(model: nn.Module) -> None:
    """A protocol says what one tensor is; what else a forward needs, nothing says."""
    try:
        parameters = list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):
        return
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    asked = [each.name for each in parameters if each.kind in kinds and each.default is each.empty]
    if len(asked) > 1:
        raise ShapecheckError(
            f"check_model gives the model one input, and forward() of {type(model).__name__} needs "
            f"{', '.join(asked[:-1])} and {asked[-1]}; give it a module that makes the others of the first"
        )


def _made(factory: Factory) -> nn.Module:
    """A new model; a factory that makes none says so in words."""
    if isinstance(factory, nn.Module):
        name = type(factory).__name__
        raise TypeError(
            f"check_model: expected something that makes a new model, got the model {name} itself; each case needs a "
            f"fresh one: give the class, or lambda: {name}(...)"
        )
    if not callable(factory):
        raise TypeError(f"check_model: expected a function that makes a model, got {type(factory).__name__}")
    try:
        model = factory()
    except Exception as error:
        raise ShapecheckError(
            f"check_model: the factory raised {type(error).__name__}: {error}; it is called without arguments, and "
            "lambda: Model(...) gives it those that it needs"
        ) from error
    if not isinstance(model, nn.Module):
        raise TypeError(f"check_model: expected the factory to make an nn.Module, got {type(model).__name__}")
    return model


def _batch_dim(protocol: Protocol) -> str:
    axes = protocol.stages[0].parsed_spec.axes
    named = [axis.dims[0] for axis in axes if len(axis.factors) == 1 and axis.dims]
    return "batch_size" if "batch_size" in named or not named else named[0]


def _smallest(prove: Prove, cases: st.SearchStrategy[_Case], max_examples: int, seed: int) -> _Broken | None:
    """The failure of the smallest case that breaks a property, or None if none was found."""
    run = settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )(given(cases)(prove))
    try:
        with seeded(seed):
            run()
    except _Broken as failure:
        return failure
    return None


def _told(seen: Observation, case: _Case) -> tuple[Diagnosis, ...]:
    return tuple(_with_case(found, case) for found in diagnose(Evidence(observation=seen)))


def _with_case(found: Diagnosis, case: _Case | str) -> Diagnosis:
    return replace(found, explanation=f"{found.explanation} (smallest case: {case})".lstrip())


def _prediction(output: Any) -> Any:
    return output[0] if isinstance(output, tuple) else output
