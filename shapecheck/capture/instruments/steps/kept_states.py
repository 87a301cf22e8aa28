"""What modules keep on themselves from one call to the next, by the names of their attributes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from torch import Tensor, nn

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, tensors_in

# What every module has.
_OWN = frozenset(vars(nn.Module()))


def kept_names(step: Step, made: Collection[Node]) -> set[str]:
    """The attributes in which modules keep now what the same instructions as some nodes have made."""
    return {
        name
        for root in step.roots
        for name, value in _attributes(root.module)
        if (ref := step.tape.known(value)) is not None and any(step.node(ref.node).repeats(node) for node in made)
    }


def _attributes(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for part in module.modules():
        for name, value in (vars(part) | part._buffers).items():
            if name not in _OWN:
                yield from ((name, one) for one in tensors_in(value))
