"""What each axis of each tensor is, told by behaviour: which axis of the input it carries, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shapecheck.findings import Place
from shapecheck.shown import Shown

How = Literal["own", "permuted", "block", "causal", "anti-causal", "all", "none", "mixed"]

# With these each item of the input's axis still has positions of its own.
APART: tuple[How, ...] = ("own", "permuted", "block")


MEANS: dict[How, str] = {
    "own": "position k depends on item k alone",
    "permuted": "on one item, another one",
    "block": "each item has several positions",
    "causal": "on the items up to k",
    "anti-causal": "on the items from k on",
    "all": "on all items",
    "none": "on none",
    "mixed": "on some items",
}


@dataclass(frozen=True, slots=True)
class Carried:
    """How one axis of a tensor hangs on one axis of the input.

    Args:
        axis: The tensor's axis.
        of: The input's axis.
        how: ``"own"``: position k hangs on item k alone. ``"permuted"``: on one item, another one. ``"block"``: each
            item has several positions of its own. ``"causal"``: on items up to k. ``"anti-causal"``: on items from k
            on. ``"all"``: on all items. ``"none"``: on none. ``"mixed"``: on some, in no order that has a name.
    """

    axis: int
    of: int
    how: How


@dataclass(frozen=True, slots=True)
class FlowStage:
    """One tensor on its way through the model.

    Args:
        operation: What made it: ``"lstm"``, ``"transpose"``.
        module: Path of the module that it was made in; empty for the model's own forward.
        shape: Its shape.
        carried: How its axes hang on the input's, for each axis of the input that was probed.
        place: The user's line.
    """

    operation: str
    module: str
    shape: tuple[int, ...]
    carried: tuple[Carried, ...]
    place: Place | None = None

    def keeps(self, of: int) -> bool:
        """Whether the items of an input's axis are still apart here."""
        return any(item.of == of and item.how in APART for item in self.carried)

    def how(self, axis: int, of: int) -> How | None:
        """How one axis hangs on one of the input's; None if that was not probed."""
        return next((item.how for item in self.carried if (item.axis, item.of) == (axis, of)), None)


@dataclass(frozen=True, slots=True)
class AxisFlow(Shown):
    """The way of an input's axes through a model.

    Args:
        input: Number of the input among the model's tensors.
        shape: Its shape.
        probed: Which of its axes were probed.
        stages: The tensors that hang on it, in the order in which they were made.
        output: The first tensor that the model returns; None if it does not hang on the input.
    """

    input: int
    shape: tuple[int, ...]
    probed: tuple[int, ...]
    stages: tuple[FlowStage, ...]
    output: FlowStage | None = None

    def lost(self, of: int) -> FlowStage | None:
        """The first stage at which the items of an input's axis are not apart any more; None if they always are."""
        return next((stage for stage in self.stages if not stage.keeps(of)), None)
