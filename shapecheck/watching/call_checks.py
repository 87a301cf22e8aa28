"""Checks the calls of one layer before torch is called: what the wrapped layers carry with them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from shapecheck.capture.calls import call_record, inputs_of, outputs_of
from shapecheck.capture.configs import call_of
from shapecheck.capture.hooks import is_tracing
from shapecheck.capture.ledger import Ledger, Seen
from shapecheck.capture.signature import UntraceableError, signature
from shapecheck.check import check_call, located
from shapecheck.contracts import find
from shapecheck.dims import Bindings
from shapecheck.errors import ShapeError, let_through
from shapecheck.evidence import Evidence
from shapecheck.findings import Diagnosis, NotChecked
from shapecheck.label import label
from shapecheck.records import CallRecord, Trace

# By way of `render`, which teaches it to show itself.
from shapecheck.render import Report
from shapecheck.watching.risks import at_work, may_learn, risks_of
from shapecheck.watching.verdicts import Verdicts

# Distinct calls that are kept of one layer; beyond them calls are checked and counted.
MAX_DISTINCT = 64


class CallChecks:
    """The calls of one layer, recorded and checked. A copy of the layer begins with none.

    Args:
        type_name: Qualified name of the class whose contract holds.
    """

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name
        self._ledger = Ledger()
        self._known: dict[Hashable, Seen] = {}
        self._last_key: Hashable = None
        self._last = Seen(CallRecord("", ""), ())
        self._sizes = Bindings()
        self._risks: dict[str, Diagnosis] = {}
        self._is_off, self._trouble = False, ""

    def run(self, layer: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], stage: str) -> Any:
        """Check a call, make it, and count it.

        Args:
            layer: The layer.
            forward: Torch's own forward of its class.
            args: The arguments of the call.
            stage: Name of the layer in messages.

        Raises:
            ShapeError: The contract refuses the call.
        """
        if self._is_off or is_tracing():
            return forward(layer, *args)
        try:
            key = _key(layer, args)
        except UntraceableError:
            return forward(layer, *args)
        if key == self._last_key:
            seen = self._last
        else:
            known = self._known.get(key)
            if known is None:
                return self._first(layer, forward, args, stage, key)
            seen = known
        output = forward(layer, *args)
        seen.tick()
        self._last_key, self._last = key, seen
        return output

    def trace(self, model: str) -> Trace:
        """The distinct calls so far."""
        sizes = tuple((dim, bound.size) for dim, bound in self._sizes.items())
        return self._ledger.trace(model, sizes=sizes)

    def report(self, model: str) -> Report:
        """The trace, and what to know of calls that were accepted: the violations were raised."""
        contract = find((self._type_name,))
        why = f"shapecheck stepped aside: {self._trouble}" if self._is_off else "there is no contract for it"
        is_checked = contract is not None and not self._is_off and bool(self._known)
        missed = () if contract is not None and not self._is_off else (NotChecked(model, why),)
        checked = (f"every call, held against the contract of {contract.name}",) if is_checked and contract else ()
        return Report(self.trace(model), tuple(self._risks.values()), checked, missed)

    def __deepcopy__(self, memo: dict[int, Any]) -> CallChecks:
        return CallChecks(self._type_name)

    def __reduce__(self) -> tuple[type[CallChecks], tuple[str]]:
        return CallChecks, (self._type_name,)

    def _first(
        self, layer: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], stage: str, key: Hashable
    ) -> Any:
        """The first call with these shapes."""
        try:
            seen = self._ask(layer, args, stage)
        except ShapeError:
            raise
        except Exception as bug:
            self._step_aside(bug)
            return forward(layer, *args)
        try:
            output = forward(layer, *args)
        except Exception:
            self._enter(seen, ("raised", key), replace(seen.call, status="raised"))
            raise
        try:
            outputs = call_record(stage, layer, (), outputs_of(output, seen.contract)).outputs
            self._enter(seen, key, replace(seen.call, outputs=outputs))
        except Exception as bug:
            self._step_aside(bug)
        return output

    def _ask(self, layer: nn.Module, args: tuple[Any, ...], stage: str) -> Seen:
        """Hold a call against the contract."""
        contract = find((self._type_name,))
        call = call_record(stage, layer, inputs_of(layer, args, {}, contract))
        if contract is None:
            return Seen(call, (stage,))
        outcome = located(check_call(contract, call_of(layer, args, contract=contract)), call)
        risks = risks_of(at_work(outcome.hazards), call, may_learn=may_learn(*args))
        self._risks.update({found.slug: found for found in risks if found.slug not in self._risks})
        seen = Seen(call, (stage,), contract, outcome, outcome.violations, risks)
        if seen.violations:
            self._enter(seen, ("refused", call), replace(call, status="raised"))
            context = Evidence(call=seen.call, trace=self.trace(type(layer).__name__))
            Verdicts("raise").tell(seen.violations, lambda: context)
        return seen

    def _enter(self, seen: Seen, key: Hashable, call: CallRecord) -> None:
        """Enter a call into the trace, its axes named."""
        known = self._known.get(key)
        if known is None and len(self._known) < MAX_DISTINCT:
            labelled = label(call, Bindings(), contract=seen.contract, outcome=seen.outcome)
            seen.call, self._sizes = labelled.call, labelled.bindings
            known = self._known.setdefault(key, seen)
            if known is seen:
                self._ledger.add([seen])
        (known or self._ledger.dropped).tick()

    def _step_aside(self, bug: Exception) -> None:
        """A bug of ours is no reason to stop somebody's training."""
        let_through(bug)
        self._is_off, self._trouble = True, repr(bug)
        try:
            warnings.warn(
                f"shapecheck failed and stepped aside: {bug!r}; the layer is not affected", RuntimeWarning, stacklevel=2
            )
        except RuntimeWarning:
            return


def _key(layer: nn.Module, args: tuple[Any, ...]) -> Hashable:
    """All that the contract's answer depends on."""
    weight = next(iter(layer._parameters.values()), None)
    # Autocast knows no meta device; there a call is judged as it would be on the CPU.
    kind = "cpu" if weight is None or weight.is_meta else weight.device.type
    cast = torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind)
    return signature(args), signature(weight), cast, layer.training, getattr(layer, "batch_first", None)
