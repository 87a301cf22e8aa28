"""What is done once for each distinct call: it is recorded, held against its contract, and its axes are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from shapecheck.capture.calls import Role, call_record, inputs_of, outputs_of
from shapecheck.capture.configs import call_of, contract_of
from shapecheck.capture.hooks import Point
from shapecheck.capture.ledger import Seen
from shapecheck.capture.places import unwrapped
from shapecheck.check import check_call, located
from shapecheck.contract import Contract, Outcome
from shapecheck.dims import Bindings
from shapecheck.errors import ShapeError, let_through
from shapecheck.findings import Diagnosis, Violation
from shapecheck.follow import check_stage
from shapecheck.label import Unlabelled, label_forward
from shapecheck.records import CallRecord, Status
from shapecheck.watching.risks import at_work, may_learn, risks_of
from shapecheck.watching.stages import Stages, tensor_of
from shapecheck.watching.trail import State
from shapecheck.watching.verdicts import Verdicts


class FirstLook:
    """Looks closely at calls that are unlike those before.

    Args:
        stages: The stages of the protocol.
        verdicts: Who is told of what could not be checked.
    """

    def __init__(self, stages: Stages, verdicts: Verdicts) -> None:
        self._stages, self.verdicts = stages, verdicts
        self.contracts: dict[str, None] = {}
        self.without_contract: set[str] = set()

    def see(
        self,
        point: Point,
        module: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object,
        error: BaseException | None,
    ) -> Seen:
        """Record a call, and ask the module's contract about it."""
        module = unwrapped(module)
        contract = contract_of(module)
        outputs = outputs_of(output, contract) if error is None else []
        inputs = inputs_of(module, args, kwargs, contract)
        call = call_record(point.path, module, inputs, outputs, _status(error))
        outcome = self._ask(contract, module, args, kwargs, call)
        risks: tuple[Diagnosis, ...] = ()
        if outcome is not None and outcome.hazards and error is None:
            learns = may_learn(*args, *kwargs.values())
            prefix = f"{call.module}." if call.module else ""
            risks = risks_of(at_work(outcome.hazards), call, may_learn=learns, prefix=prefix)
        believed = self._believed(contract, outcome, call, error)
        ends = _id_of_first(inputs), _id_of_first(outputs)
        return Seen(call, point.paths, contract, outcome, believed, risks, ends)

    def label(self, finished: Sequence[Seen], state: State, names: Bindings) -> Bindings:
        """Say what each axis of the new calls is, now that all sizes are known; returns the sizes by name."""
        for dim, bound in state.bindings.items():
            names = names.bind(dim, bound.size, bound.by)
        steps = [
            Unlabelled(one.call, self._dims_of_stages(one, state), one.contract, one.outcome, one.ends)
            for one in finished
        ]
        calls, names = label_forward(steps, names)
        for seen, call in zip(finished, calls, strict=True):
            seen.call = call
        return names

    def _dims_of_stages(self, seen: Seen, state: State) -> dict[str, tuple[str, ...]]:
        """Role -> dims, of the tensors that a stage names and that fit it."""
        dims: dict[str, tuple[str, ...]] = {}
        for stage in self._stages.all:
            if stage.module in seen.paths:
                tensor = tensor_of(seen.call, stage)
                axes = check_stage(stage, tensor, state.bindings).dims if tensor is not None else ()
                if tensor is not None and axes:
                    dims[tensor.role] = axes
        return dims

    def _ask(
        self,
        contract: Contract | None,
        module: nn.Module,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        call: CallRecord,
    ) -> Outcome | None:
        """What the contract says of a call."""
        if contract is None:
            self.without_contract.add(call.type)
            return None
        if any(getattr(value, "is_nested", False) is True for value in (*args, *kwargs.values())):
            self.verdicts.miss(f"calls of {call.type} with nested tensors", "a nested tensor has no shape")
            return None
        try:
            outcome = located(check_call(contract, call_of(module, args, kwargs, contract=contract)), call)
        except Exception as bug:
            let_through(bug)
            self.verdicts.miss(f"the contract of {call.type} at {call.module or 'the model'}", f"it failed: {bug!r}")
            return None
        self.contracts.setdefault(f"{call.module or 'the model'}: the contract of {contract.name}")
        return outcome

    def _believed(
        self, contract: Contract | None, outcome: Outcome | None, call: CallRecord, error: BaseException | None
    ) -> tuple[Violation, ...]:
        """The violations that torch itself bears out: it refused the call, or is known to take such calls wrongly."""
        if contract is None or outcome is None or outcome.accepted:
            return ()
        if error is not None:
            return outcome.violations
        believed = tuple(violation for violation in outcome.violations if violation.torch_accepts)
        if not believed:
            self.verdicts.miss(
                f"the contract of {contract.name} at {call.module or 'the model'}",
                f"it refuses a call that torch took: {outcome.violations[0].where}",
            )
        return believed


def _id_of_first(tensors: Sequence[Role]) -> int:
    return id(tensors[0][1]) if tensors else 0


def _status(error: BaseException | None) -> Status:
    """How a call ended; an error of ours says nothing against the call."""
    if error is None:
        return "returned"
    return "refused" if isinstance(error, ShapeError) else "raised"
