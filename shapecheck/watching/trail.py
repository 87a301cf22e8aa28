"""Follows a protocol through a forward, and remembers every way that was gone: known steps cost one look-up."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType

from shapecheck.dims import Bindings
from shapecheck.findings import Violation
from shapecheck.follow import check_stage, initial_bindings, misread
from shapecheck.protocol import Protocol, Stage
from shapecheck.records import CallRecord, TensorRecord

# Beyond these many, ways are followed without being remembered, so that memory does not grow with training.
MAX_REMEMBERED = 2048


class State:
    """What is known at one point of a forward. Two forwards that know the same are in the same state.

    Args:
        bindings: The sizes of the dims.
        before: For each stage of the protocol what was known before it was reached; None where it was not.
    """

    __slots__ = ("arrivals", "before", "bindings")

    def __init__(self, bindings: Bindings, before: tuple[Bindings | None, ...]) -> None:
        self.bindings, self.before = bindings, before
        self.arrivals: dict[Hashable, Arrival] = {}


class Arrival:
    """What came of the tensors of one call that reached their stages.

    Args:
        state: What is known from now on.
        violations: What is wrong.
        unsolved: ``(stage, product)`` of each size that could not be checked.
        pending: Stages whose content was not compared yet with that of the stage before.
    """

    __slots__ = ("pending", "state", "unsolved", "violations")

    def __init__(
        self,
        state: State,
        violations: tuple[Violation, ...],
        unsolved: tuple[tuple[str, str], ...],
        pending: Iterable[Stage],
    ) -> None:
        self.state, self.violations, self.unsolved, self.pending = state, violations, unsolved, set(pending)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is wrong and nothing is left to compare."""
        return not (self.violations or self.pending)


class Trail:
    """The states that the forwards of one model have been in.

    Args:
        protocol: The protocol; None if there is none.
    """

    def __init__(self, protocol: Protocol | None) -> None:
        self._stages = protocol.stages if protocol else ()
        self._states: dict[Hashable, State] = {}
        self._remembered = 0
        bindings = initial_bindings(protocol) if protocol else Bindings()
        self.start = self._state(bindings, (None,) * len(self._stages))

    def arrive(
        self,
        state: State,
        key: Hashable,
        reached: Sequence[tuple[Stage, TensorRecord | None]],
        call: CallRecord,
        takes: Mapping[str, Sequence[str]] = MappingProxyType({}),
        kinds: Mapping[str, str] = MappingProxyType({}),
    ) -> Arrival:
        """Hold the tensors of one call against their stages, and remember what came of it under ``key``.

        Args:
            state: What is known.
            key: What the outcome depends on, beside the state.
            reached: The stages with what reached them.
            call: The call.
            takes: Role -> what the layer takes each axis of that tensor for, where its contract says it.
            kinds: Role -> type, of what came in or out and is no tensor.

        A stage that is reached again in the same forward begins another pass: what it and the later stages bound is
        forgotten, so that a model may run the same layers over sequences of different lengths.
        """
        violations: list[Violation] = []
        unsolved: list[tuple[str, str]] = []
        bindings, before = state.bindings, list(state.before)
        for stage, record in reached:
            at = self._stages.index(stage)
            earlier = before[at]
            if earlier is not None:
                bindings = earlier
                before[at:] = [None] * (len(before) - at)
            before[at] = bindings
            result = check_stage(stage, record, bindings, call, kinds)
            bindings, violation = result.bindings, result.violation
            if violation is None and record is not None and self._is_first_to_say(stage):
                violation = misread(stage, takes.get(record.role, ()), bindings, record, call)
            if violation is not None:
                violations.append(violation)
            unsolved += ((stage.name, product) for product in result.unsolved)
        pending = [] if violations else [stage for stage, _ in reached if stage.step]
        arrival = Arrival(self._state(bindings, tuple(before)), tuple(violations), tuple(unsolved), pending)
        if self._remembered < MAX_REMEMBERED:
            self._remembered += 1
            state.arrivals[key] = arrival
        return arrival

    def _is_first_to_say(self, stage: Stage) -> bool:
        """Whether no stage before it names the batch and the time of the same module: one word on each will do."""
        both = {"batch_size", "seq_length"}
        of_module = (other for other in self._stages if other.module == stage.module)
        return next((other for other in of_module if both <= {*map(str, other.parsed_spec.axes)}), None) is stage

    def _state(self, bindings: Bindings, before: tuple[Bindings | None, ...]) -> State:
        known = self._states.get((bindings, before))
        if known is None:
            known = State(bindings, before)
            if len(self._states) < MAX_REMEMBERED:
                self._states[bindings, before] = known
        return known
