"""A state that a recurrent layer refused, beside the sizes that the layer wants, and how a change is put behind it."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import Shape
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.recurrent_states.directions_joined import has_own_text
from shapecheck.remedies.recurrent_states.states_in_tuples import inside_tuple


@dataclass(frozen=True, slots=True)
class RefusedState:
    """A state of other sizes than a layer takes.

    Args:
        evidence: The problem.
        operation: The layer.
        item: The state.
        sizes: What it has.
        layers: How many layers it is to have, times the directions.
        batch: How many samples, where the input tells.
        width: How many numbers.
    """

    evidence: Evidence
    operation: Operation
    item: Argument
    sizes: Shape
    layers: int
    batch: int | None
    width: int

    def behind(self, suffix: str, *steps: Step, cost: float, prefer: str = "use") -> list[Candidate]:
        """What is put behind it, or behind both states of a pair that has one name."""
        is_pair = self.item.span is not None and not has_own_text(self.operation, self.item)
        put = inside_tuple if is_pair else put_behind
        return [*put(self.evidence, self.item, suffix, list(steps), cost=cost, prefer=prefer)]
