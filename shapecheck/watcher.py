"""The door `watch`: records and checks every call of a model while it runs, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils.hooks import RemovableHandle

from shapecheck.capture.calls import known_roles
from shapecheck.capture.configs import contract_of
from shapecheck.capture.copies import Guard
from shapecheck.capture.fused import Elsewhere, attach_elsewhere
from shapecheck.capture.hooks import Point, attach
from shapecheck.capture.parameters import parameters
from shapecheck.capture.places import (
    class_names,
    compiled_places,
    fusable,
    hookable,
    unseen,
    unwrapped,
    without_forward,
)
from shapecheck.capture.tensors import record
from shapecheck.errors import ProtocolError, did_you_mean, expect
from shapecheck.findings import NotChecked, Report, Violation
from shapecheck.follow import validate
from shapecheck.protocol import LOSS, Protocol, Stage
from shapecheck.records import CallRecord, Trace
from shapecheck.render.words import many
from shapecheck.watching.listening import Listener
from shapecheck.watching.verdicts import OnViolation, Verdicts


def watch(
    model: nn.Module,
    loss: nn.Module | None = None,
    protocol: Protocol | None = None,
    on_violation: OnViolation = "raise",
) -> Watch:
    """Record and check every call of a model, from now on.

    The result is a context manager, and a handle with `Watch.remove`. While shapes stay what they were, each call costs
    one comparison. No number is changed: losses, gradients and random numbers are the same bit for bit. A copy of the
    model, deep or pickled, is not watched, and has no hook of ours.

    Args:
        model: The model.
        loss: The criterion, if it is a module: it is watched as ``"loss"``, and protocols name what goes in
            ``"loss.input"`` and ``"loss.target"``. For a function see `Watch.loss_inputs`.
        protocol: What the model promises.
        on_violation: ``"raise"`` a `ShapeError`, ``"warn"`` once of each distinct violation, or only ``"record"``. What
            the contract of a layer or a loss accepts and still warns of (a loss that broadcasts, a 2-D input to an
            LSTM) stands in the report, found by shapes alone when a call is new: an error among it is raised or warned
            of like a violation; a warning is warned of with ``"warn"`` only, and a note never.

    Raises:
        ProtocolError: The protocol names a module that is not there, or a tensor that its calls do not have.
        TypeError: The model or the loss is no module, or the protocol no `Protocol`.
        ValueError: ``on_violation`` is none of the three.

    >>> model = nn.LSTM(1, 100, num_layers=2, batch_first=True)
    >>> with watch(model) as seen:
    ...     _ = model(torch.zeros(4, 7, 1))
    >>> [(found.role, found.shape, found.dims[0]) for found in seen.trace.entries[0].call.outputs]
    [('output', (4, 7, 100), 'batch_size'), ('h_n', (2, 4, 100), 'num_layers'), ('c_n', (2, 4, 100), 'num_layers')]
    """
    expect("model", model, nn.Module, "an nn.Module")
    if loss is not None:
        hint = (
            "" if isinstance(loss, type) else "for a function, call loss_inputs of the watch with what you give to it"
        )
        expect("loss", loss, nn.Module, "an nn.Module", hint)
    if protocol is not None:
        expect("protocol", protocol, Protocol, "a Protocol", "Protocol.documented() makes the usual one")
    verdicts = Verdicts(on_violation)
    if protocol is not None:
        inner = unwrapped(model)
        validate(protocol, class_names(inner), roles=_roles(inner, loss))
    return Watch(model, loss, protocol, verdicts)


def _roles(model: nn.Module, loss: nn.Module | None) -> dict[str, tuple[str, ...]]:
    """Path -> names that the tensors of a call can have, where a contract says them."""
    modules = [*model.named_modules(remove_duplicate=False), *([(LOSS, loss)] if loss is not None else [])]
    contracts = ((path, contract_of(module)) for path, module in modules)
    roles = {path: known_roles(contract) for path, contract in contracts if contract is not None}
    return roles if loss is not None else {LOSS: ("input", "target"), **roles}


class Watch:
    """A running watch. Made by `watch`."""

    def __init__(self, model: nn.Module, loss: nn.Module | None, protocol: Protocol | None, verdicts: Verdicts) -> None:
        self._model: nn.Module | None = model
        self._name, self._protocol, self._verdicts = type(unwrapped(model)).__name__, protocol, verdicts
        self._listener = Listener(protocol, verdicts)
        self._handles: list[RemovableHandle | Guard | Elsewhere] = []
        self._watched: WeakKeyDictionary[nn.Module, Point] = WeakKeyDictionary()
        self._by_hand = Point((LOSS,))
        self._parameters: tuple[tuple[str, int], ...] = ()
        self._unseen: tuple[NotChecked, ...] = ()
        self._compiled: tuple[str, ...] = ()
        self._never_called = without_forward(unwrapped(model)) if protocol else {}
        self._attach(model, loss)

    @property
    def trace(self) -> Trace:
        """What was seen so far, as a value that does not change any more."""
        state, names = self._listener.latest
        sizes = {dim: bound.size for dim, bound in (*names.items(), *state.bindings.items())}
        trace = self._listener.ledger.trace(
            self._name,
            pending=self._listener.pending(),
            parameters=self._parameters if self._model is None else parameters(unwrapped(self._model)),
            protocol=self._protocol.name if self._protocol else "",
            sizes=sizes.items(),
            stages=() if self._protocol is None else tuple((stage.at, stage.name) for stage in self._protocol.stages),
        )
        return replace(trace, compiled=self._compiled if self._model is None else compiled_places(self._model))

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every distinct violation so far."""
        return self._verdicts.violations

    @property
    def report(self) -> Report:
        """The trace, the diagnoses, what was checked and what was not."""
        return Report(self.trace, self._verdicts.diagnoses, self._checked(), self._not_checked())

    def loss_inputs(self, prediction: torch.Tensor, target: torch.Tensor) -> None:
        """Record and check what is about to go into a loss that is a function: ``F.cross_entropy(logits, labels)``.

        Args:
            prediction: The first argument of the loss, ``"loss.input"`` in a protocol.
            target: The second one, ``"loss.target"``.

        Raises:
            ShapeError: A stage is violated, and violations are to be raised.
            TypeError: Something is no tensor.
        """
        expect("prediction", prediction, torch.Tensor, "a tensor")
        expect("target", target, torch.Tensor, "a tensor")
        tensors = [("input", prediction), ("target", target)]
        call = CallRecord(LOSS, "loss", inputs=tuple(record(role, tensor) for role, tensor in tensors))
        stages = [stage for stage in self._listener.stages.all if stage.module == LOSS]
        if self._model is not None:
            self._listener.by_hand(stages, tensors, call)
            self._listener.enter_by_hand(self._by_hand, call)

    def observe(self, stage: str, tensor: torch.Tensor | PackedSequence) -> None:
        """Hold any tensor against a stage, where no hook sees it.

        Args:
            stage: Name of the stage.
            tensor: What reached it.

        Raises:
            ProtocolError: The protocol has no such stage.
            ShapeError: The stage is violated, and violations are to be raised.
            TypeError: It is no tensor.
        """
        expect("name of the stage", stage, str, "a str")
        expect("tensor", tensor, (torch.Tensor, PackedSequence), "a tensor or a PackedSequence")
        stages = {known.name: known for known in self._listener.stages.all}
        if stage not in stages:
            hint = did_you_mean(stage, stages) or f"; its stages are {', '.join(map(repr, stages))}"
            raise ProtocolError(f"the protocol has no stage {stage!r}{hint if stages else ''}")
        if self._model is not None:
            self._listener.by_hand([stages[stage]], [(stages[stage].role, tensor)])

    def remove(self) -> None:
        """End the watch and take every hook off. What was seen stays readable."""
        if self._model is None:
            return
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._listener.close()
        self._parameters = parameters(unwrapped(self._model))
        self._unseen = tuple(self._find_unseen(self._model))
        self._compiled = compiled_places(self._model)
        self._model = None
        self._watched.clear()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        state = "over" if self._model is None else "on"
        seen = f"{many(len(self.trace), 'distinct call')}, {many(len(self.violations), 'violation')}"
        return f"<watch of {self._name}, {state}, {seen}>"

    def _attach(self, model: nn.Module, loss: nn.Module | None) -> None:
        places = hookable(model)
        if loss is not None:
            places = [(module, paths) for module, paths in places if module is not loss] + [
                (loss, (LOSS, *(path for module, paths in places if module is loss for path in paths)))
            ]
        try:
            for module, paths in places:
                point, has_gate = self._point(module, paths, model)
                self._handles += attach(module, point, gate=has_gate)
            fused = {module: self._point(module, paths, model) for module, paths in fusable(model)}
            if fused:
                self._handles += attach_elsewhere(model, fused)
        except BaseException:
            for handle in self._handles:
                handle.remove()
            raise

    def _point(self, module: nn.Module, paths: tuple[str, ...], model: nn.Module) -> tuple[Point, bool]:
        """The point of a module, and whether it must be told of the inputs before the module runs."""
        point = Point(paths, self._listener)
        has_inputs = self._listener.expect(point, module)
        if module is model:
            self._listener.root = point
            point.is_quiet = False
        self._watched[module] = point
        return point, has_inputs or module is model

    def _checked(self) -> tuple[str, ...]:
        listener = self._listener
        stages = [stage for stage in listener.stages.all if stage.name in listener.stages.reached]
        steps = [stage for stage in listener.stages.all if stage.name in listener.stages.compared]
        return (
            *(f"stage {stage.name!r} at {stage.at}: {stage.spec}" for stage in stages),
            *(f"the content of stage {stage.name!r}: {stage.step}" for stage in steps),
            *listener.first_look.contracts,
        )

    def _not_checked(self) -> tuple[NotChecked, ...]:
        listener = self._listener
        missing = [stage for stage in listener.stages.all if stage.name not in listener.stages.reached]
        unseen_now = self._unseen if self._model is None else self._find_unseen(self._model)
        kinds = ", ".join(sorted(listener.first_look.without_contract))
        recorded_only = [NotChecked(kinds, "no contract is known of these; their tensors were recorded")]
        reasons = self._never_called | {"" if item.what == "the model" else item.what: item.why for item in unseen_now}
        return (
            *(NotChecked(f"stage {stage.name!r}", _nothing_seen(stage, reasons)) for stage in missing),
            *self._verdicts.not_checked,
            *unseen_now,
            *(recorded_only if kinds else ()),
        )

    def _find_unseen(self, model: nn.Module) -> tuple[NotChecked, ...]:
        found = unseen(model, self._watched)
        known = {item.what for item in self._verdicts.not_checked}
        return tuple(NotChecked(path or "the model", why) for path, why in found if (path or "the model") not in known)


def _nothing_seen(stage: Stage, reasons: Mapping[str, str]) -> str:
    """That nothing reached a stage, and why, by what is known of its module or of one that it lies in."""
    path = stage.module
    while path and path not in reasons:
        path = path.rpartition(".")[0]
    said, why = f"nothing was seen at {stage.at}", "" if stage.module == LOSS else reasons.get(path, "")
    if why.startswith("it "):
        why = (path or "the model") + why.removeprefix("it")
    return f"{said}: {why}" if why else said
