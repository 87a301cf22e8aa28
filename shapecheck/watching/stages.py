"""Brings tensors to the stages of a protocol: their sizes by the trail, their content by a comparison."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import torch

from shapecheck.capture.calls import OUTPUT, Role, pick
from shapecheck.capture.content import Held, compare, hold
from shapecheck.capture.tensors import record
from shapecheck.findings import Violation
from shapecheck.follow import scrambled
from shapecheck.protocol import Protocol, Stage
from shapecheck.records import CallRecord, TensorRecord
from shapecheck.watching.trail import Arrival, State, Trail
from shapecheck.watching.verdicts import Verdicts

_NO_MEMORY = (
    "more distinct ways through the protocol were seen than are remembered; their sizes were checked all the same"
)
_CHANGED = (
    "its values are not those of stage {origin!r} in any order, so something stands between the two (a dropout, an "
    "activation), and the order cannot be told"
)


class Passage:
    """How far a protocol was followed in one thread.

    Args:
        state: What is known.
        is_armed: Whether the tensors of stages are kept until the stages after them were compared.
        is_complete: Whether it was armed from its beginning, so that no stage can have been missed.
    """

    __slots__ = ("held", "is_armed", "is_complete", "state")

    def __init__(self, state: State, *, is_armed: bool = False, is_complete: bool = False) -> None:
        self.state, self.is_armed, self.is_complete = state, is_armed, is_complete
        self.held: dict[str, Held] = {}


class Stages:
    """The stages of one watched model.

    Args:
        protocol: The protocol; None if there is none.
        verdicts: Who is told of what could not be checked.
    """

    def __init__(self, protocol: Protocol | None, verdicts: Verdicts) -> None:
        self.all = protocol.stages if protocol else ()
        self.reached: set[str] = set()
        self.compared: set[str] = set()
        # Set when a step could not be compared because its forward was not armed: the next one is to be.
        self.wants_next = False
        self._verdicts = verdicts
        self._trail = Trail(protocol)
        self._origins = {stage: origin for stage in self.all if protocol and (origin := protocol.origin(stage))}

    @property
    def start(self) -> State:
        """What is known before a forward."""
        return self._trail.start

    def of(self, paths: Sequence[str], roles: Sequence[str], *, inside: bool) -> tuple[Stage, ...]:
        """The stages of one module, those at its inputs or the others.

        Args:
            paths: The paths of the module.
            roles: Names of the inputs.
            inside: Whether those at the inputs are meant.
        """
        return tuple(stage for stage in self.all if stage.module in paths and _is_input(stage, roles) == inside)

    def arrive(
        self,
        passage: Passage,
        stages: Sequence[Stage],
        key: Hashable,
        tensors: Callable[[], Sequence[Role]],
        call: Callable[[], CallRecord],
        takes: Callable[[], Mapping[str, Sequence[str]]] = dict,
        kinds: Callable[[], Mapping[str, str]] = dict,
    ) -> tuple[Violation, ...]:
        """Bring the tensors of one call to their stages.

        Args:
            passage: How far the protocol was followed; it goes on from here.
            stages: The stages of this call.
            key: What the outcome depends on, beside what is known already: the place and the signature.
            tensors: Gives the call's tensors, if they are needed.
            call: Gives its record, if it is needed.
            takes: Gives what the layer takes the axes of each tensor for, by role, if it is needed.
            kinds: Gives the types of what is no tensor, by role, if it is needed.
        """
        arrival = passage.state.arrivals.get(key)
        found: Sequence[Role] | None = None
        if arrival is None:
            found = tensors()
            reached = [(stage, _record(found, stage)) for stage in stages]
            arrival = self._trail.arrive(passage.state, key, reached, call(), takes(), kinds())
            self.reached.update(stage.name for stage, tensor in reached if tensor is not None)
            self._note(arrival)
            if key in passage.state.arrivals:
                passage.is_armed = True
            elif arrival.pending:
                arrival.pending.clear()
                self._verdicts.miss("the content of further stages", _NO_MEMORY)
        passage.state = arrival.state
        if not passage.is_armed:
            self.wants_next = self.wants_next or bool(arrival.pending)
            return arrival.violations
        return arrival.violations + self._contents(passage, stages, arrival, found or tensors(), call)

    def kept_for_later(self, passage: Passage) -> Passage:
        """What a forward leaves for the stages behind it, the loss among them."""
        later = Passage(passage.state, is_armed=passage.is_armed, is_complete=passage.is_complete)
        behind = {origin.name for stage, origin in self._origins.items() if stage.module == "loss"}
        later.held = {name: held for name, held in passage.held.items() if name in behind}
        return later

    def _contents(
        self,
        passage: Passage,
        stages: Sequence[Stage],
        arrival: Arrival,
        tensors: Sequence[Role],
        call: Callable[[], CallRecord],
    ) -> tuple[Violation, ...]:
        """Compare the steps that end here, and keep the tensors from which others start."""
        violations: list[Violation] = []
        for stage in stages:
            found = pick(tensors, stage.role, _default(stage))
            if found is None or not isinstance(found[1], torch.Tensor):
                continue
            tensor = found[1]
            if stage in arrival.pending:
                verdict = self._compare(passage, stage, tensor, arrival)
                if verdict == "scrambled":
                    violations.append(
                        scrambled(stage, self._origins[stage], passage.state.bindings, record(found[0], tensor), call())
                    )
            if stage in self._origins.values():
                others = tuple(other for _, other in tensors if isinstance(other, torch.Tensor) and other is not tensor)
                passage.held[stage.name] = hold(tensor, others)
        return tuple(violations)

    def _compare(self, passage: Passage, stage: Stage, tensor: torch.Tensor, arrival: Arrival) -> str:
        origin, step, held = self._origins[stage], stage.parsed_step, passage.held.get(self._origins[stage].name)
        if held is None or step is None:
            if passage.is_complete:
                arrival.pending.discard(stage)
                self._miss(stage, f"stage {origin.name!r} was not seen before it")
            self.wants_next = self.wants_next or not passage.is_complete
            return "unknown"
        sizes = {dim: bound.size for dim, bound in passage.state.bindings.items()}
        verdict = compare(step, held, tensor, sizes)
        if verdict == "scrambled":
            # It stays pending: the next forward is to be caught as well.
            self.wants_next = True
            return verdict
        arrival.pending.discard(stage)
        if verdict == "same":
            self.compared.add(stage.name)
        elif verdict == "changed":
            self._miss(stage, _CHANGED.format(origin=origin.name))
        else:
            self._miss(stage, f"its values and those of stage {origin.name!r} cannot be compared")
        return verdict

    def _note(self, arrival: Arrival) -> None:
        for name, product in arrival.unsolved:
            self._verdicts.miss(f"{product} of stage {name!r}", "more than one of its factors was not known yet")

    def _miss(self, stage: Stage, why: str) -> None:
        self._verdicts.miss(f"the content of stage {stage.name!r}", why)


def tensor_of(call: CallRecord, stage: Stage) -> TensorRecord | None:
    """The tensor that a stage means; ``input`` and ``output`` stand for the first one if none has the name."""
    first = {"input": call.inputs, OUTPUT: call.outputs}.get(stage.role, ())[:1]
    return call.tensor(stage.role) or next(iter(first), None)


def _record(tensors: Sequence[Role], stage: Stage) -> TensorRecord | None:
    found = pick(tensors, stage.role, _default(stage))
    return None if found is None else record(*found)


def _default(stage: Stage) -> str:
    """``"input"`` and ``"output"`` stand for the first tensor of a call in which nothing is called so."""
    return stage.role if stage.role in ("input", OUTPUT) else ""


def _is_input(stage: Stage, roles: Sequence[str]) -> bool:
    return stage.role.partition("[")[0] in (*roles, "input")
