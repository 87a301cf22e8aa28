"""How the rows of data lie that several of each sample are in: those of one together, or the whole under itself."""

from __future__ import annotations

from torch import Tensor

from shapecheck.capture.instruments.rows.copies import copied
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Tape
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, CUTS

_ROWS_STAY = CONVERTS | AXES_OF_ONE | {"__getitem__", "cat", "add", "sub", "rsub", "mul", "div"}
_HOPS = 8


def arrangement(step: Step, ref: Ref, size: int, count: int) -> bool | None:
    """Whether rows of one sample lie ``size`` rows apart (True) or next to each other (False); None if nothing says."""
    value = step.known(ref)
    if value is None:
        return _by_making(step.tape, ref, size, count)
    rows = value.reshape(len(value), -1)
    seen = {
        is_tiled
        for is_tiled in (False, True)
        if _has_common_column(
            rows.reshape(count, size, -1).transpose(0, 1) if is_tiled else rows.reshape(size, count, -1)
        )
    }
    return seen.pop() if len(seen) == 1 else _by_making(step.tape, ref, size, count)


def arrangement_of_data(step: Step, size: int, count: int) -> bool | None:
    """The same of what else a step is given; None if nothing says it of any."""
    for ref in [*step.inputs, *step.targets]:
        if step.tape.shape(ref)[:1] == (size * count,):
            is_tiled = arrangement(step, ref, size, count)
            if is_tiled is not None:
                return is_tiled
    return None


def _has_common_column(groups: Tensor) -> bool:
    """Whether some column has one value in each group, others in other groups, and that is no accident."""
    same = (groups == groups[:, :1]).all(1).all(0)
    for column in same.nonzero().flatten().tolist()[:4]:
        kinds = len(groups[:, :, column].unique())  # type: ignore[no-untyped-call]
        if kinds > 1 and kinds ** -(groups.shape[0] * (groups.shape[1] - 1)) < 1e-4:
            return True
    return False


def _by_making(tape: Tape, ref: Ref, size: int, count: int) -> bool | None:
    open_refs, seen = [(ref, 0)], set()
    while open_refs:
        at, hops = open_refs.pop()
        node = tape.nodes[at.node]
        if at in seen or hops > _HOPS or not node.parents or node.shapes[0][:1] != (size * count,):
            continue
        seen.add(at)
        made = copied(tape, node)
        if made is not None:
            return made[1] if tape.shape(made[0])[0] == size else None
        before = tape.shape(node.parents[0])
        if node.name in CUTS and before[:2] in ((size, count), (count, size)):
            return before[:2] == (count, size)
        if node.name in _ROWS_STAY or (node.name in CUTS and before[:1] == node.shapes[0][:1]):
            open_refs += [(parent, hops + 1) for parent in node.parents]
    return None
