"""Series that were scaled as a whole, before the later part was held back to measure the model with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters, readers_in
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import ARITHMETIC, SPLITS
from shapecheck.findings import Fix

_MOST = 5_000
_PARTS = SPLITS | {"unbind"}
_Rows = tuple[int, int]
_STATISTICS = frozenset(
    ["mean", "std", "var", "std_mean", "var_mean", "min", "max", "amin", "amax", "median", "quantile"]
)
_KEEPS = frozenset(["to", "float", "contiguous", "clone", "unsqueeze"])
_CUTS = frozenset(["__getitem__", "unfold", "narrow", "split", "chunk", "tensor_split"])
_HOPS, _FEWEST = 4, 16


def scaled_by_later(step: Step) -> Iterator[Sighting]:
    """A model that was trained on windows of the first rows of a series, and is measured on windows of rows behind.

    What the series was scaled by was taken of all its rows. Rows in no order are left alone: there it changes little.
    """
    tape = step.tape
    asked = next((root for root in step.roots if not root.graded and has_parameters(root.module)), None)
    if asked is None or any(root.graded and has_parameters(root.module) for root in step.roots):
        return
    trained = [root for root in tape.roots if root.graded and root.module is asked.module and root.last <= step.first]
    given = tuple(ref for root in trained for ref in (*root.inputs, *root.named.values()))
    if len(trained) < 2 or not given:
        return
    readers = readers_in(tape, range(trained[0].first))
    for statistic in _statistics(step, trained[0].first):
        raw = statistic.parents[0]
        scaled = _scaled(step, raw, statistic, readers)
        if not scaled:
            continue
        series, has_windows = _in_order(step, scaled, readers)
        before, after = (
            _rows_read(tape, given, series),
            _rows_read(tape, (*asked.inputs, *asked.named.values()), series),
        )
        cut_at = _held_back(before or [], after or []) if has_windows else None
        if cut_at is None:
            continue
        size = tape.shape(raw)[0]
        text = (
            f"{statistic.name} was taken of all {size} rows of a series, which were scaled with it. The model is "
            f"trained on the first {cut_at[0]} of them, or of their windows, and measured on those from {cut_at[1]} "
            "on: what it is trained on holds something of what it is to tell later"
        )
        fix = Fix("take it of the rows that the model is trained on, and scale all rows with it", (), "no")
        seen = sighted("scaled_by_later", statistic, text, (fix,))
        cut = next((node for ref in scaled for node in readers.get(ref, ()) if node.name in _CUTS), None)
        spot = statistic.spot
        is_elsewhere = cut is not None and cut.spot is not None and spot is not None and cut.spot.code is not spot.code
        if is_elsewhere and spot is not None and spot.caller is not None:
            # The function takes it of whatever it is given: it was given too much.
            seen = replace(seen, span=spot.caller.span)
        yield seen
        return


def _statistics(step: Step, before: int) -> Iterator[Node]:
    """What was taken along the rows of plain numbers, one place of the script once."""
    found: list[Node] = []
    for node in step.tape.nodes[:before]:
        if node.name not in _STATISTICS or not node.parents or len(node.parents) > 1 or node.function is None:
            continue
        shape = step.tape.shape(node.parents[0])
        if len(shape) not in (1, 2) or shape[0] < _FEWEST or not step.tape.dtype(node.parents[0]).is_floating_point:
            continue
        if 0 in (reduced_axes(step, node) or range(len(shape))) and not any(node.repeats(one) for one in found):
            found.append(node)
            yield node


def _scaled(step: Step, raw: Ref, statistic: Node, readers: dict[Ref, list[Node]]) -> list[Ref]:
    """The whole series behind such numbers have been taken off it, or it was divided by them."""
    shape, of_it = step.tape.shape(raw), {*statistic.outs}
    found: list[Ref] = []
    ends = [raw, *statistic.outs]
    for _ in range(_HOPS):
        made = [node for ref in ends for node in readers.get(ref, ())]
        ends = []
        for node in made:
            if any(parent == raw or parent in found for parent in node.parents):
                is_by = any(parent in of_it for parent in node.parents) or node.parents[0] in found
                if node.name in ARITHMETIC and is_by and node.shapes[0] == shape and node.ref not in found:
                    found.append(node.ref)
                    ends.append(node.ref)
            elif node.ref not in of_it and any(parent in of_it for parent in node.parents):
                of_it.update(node.outs)
                ends += node.outs
    return found


def _held_back(before: list[_Rows], after: list[_Rows]) -> _Rows | None:
    """Up to which row a model is trained and from which it is measured, where one cut says the first.

    Batches that were cut out one by one say nothing of those that nobody has heard. A window may begin in front of what
    is to be told.
    """
    if len(set(before)) != 1 or not after:
        return None
    (_, last), first = before[0], min(start for start, _ in after)
    return (last, first) if first > last // 2 and all(stop > last for _, stop in after) else None


def _in_order(step: Step, scaled: list[Ref], readers: dict[Ref, list[Node]]) -> tuple[frozenset[Ref], bool]:
    """The series, its windows and parts of these, all in the order of the rows; and whether there are windows."""
    found, ends, has_windows = {*scaled}, [*scaled], False
    for _ in range(2 * _HOPS):
        made = [node for ref in ends for node in readers.get(ref, ()) if node.shapes and node.ref not in found]
        ends = []
        for node in dict.fromkeys(made):
            is_window = node.name == "unfold" and node.argument(1, "dimension") == 0
            is_kept = node.name in _KEEPS or (node.name == "__getitem__" and node.index_parts[0] == slice(None))
            size = step.tape.shape(node.parents[0])[0]
            is_turned = node.name in ("transpose", "permute", "mT", "movedim") and node.shapes[0][0] == size
            if is_window or is_kept or is_turned:
                has_windows |= is_window
                ends.append(node.ref)
        pieces = {node.ref: node for ref in found for node in readers.get(ref, ()) if node.name == "__getitem__"}
        joined = [node for ref in [*pieces][:1] for node in readers.get(ref, ()) if node.name == "stack"]
        for node in joined:
            if len(node.parents) >= _FEWEST and {*node.parents} <= {*pieces} and node.ref not in found:
                has_windows |= _lie_over_each_other([pieces[ref] for ref in node.parents])
                ends.append(node.ref)
        found.update(ends)
    return frozenset(found), has_windows or any(_has_windows(ref, readers) for ref in found)


def _has_windows(ref: Ref, readers: dict[Ref, list[Node]]) -> bool:
    """Whether windows that lie over each other are cut out of a part of the series."""
    for node in readers.get(ref, ()):
        cuts = [each for each in readers.get(node.ref, ()) if each.name == "__getitem__"]
        if any(each.name == "unfold" for each in readers.get(node.ref, ())) or _lie_over_each_other(cuts):
            return True
    return False


def _lie_over_each_other(cuts: list[Node]) -> bool:
    parts = [part for node in cuts if isinstance(part := node.index_parts[0], slice)]
    # A shuffled loader cuts them out in no order.
    bounds = sorted({(part.start or 0, part.stop) for part in parts if isinstance(part.stop, int)})
    over = [one[0] < other[0] < one[1] for one, other in pairwise(bounds)]
    return len(over) > _FEWEST // 2 and sum(over) > len(over) // 2


def _rows_read(tape: Tape, refs: tuple[Ref, ...], series: frozenset[Ref]) -> list[_Rows] | None:
    """The stretches of rows of a series, in whatever scale, that some tensors were cut out of; None if it is too far.

    Args:
        tape: The tape.
        refs: The tensors.
        series: The series, in all scales that count as one.
    """
    found: list[_Rows] = []
    seen: set[Ref] = set()
    open_refs = [*refs]
    while open_refs:
        ref = open_refs.pop()
        if ref in seen:
            continue
        seen.add(ref)
        if len(seen) > _MOST:
            return None
        node = tape.nodes[ref.node]
        if ref in series:
            found.append((0, tape.shape(ref)[0]))
        elif node.parents and node.parents[0] in series:
            found.append(_cut(tape, node, ref))
            # What it was picked by is none of its numbers.
        else:
            open_refs += node.parents
    return found


def _cut(tape: Tape, node: Node, ref: Ref) -> _Rows:
    size = tape.shape(node.parents[0])[0]
    if node.name == "__getitem__":
        first = node.index_parts[0]
        if isinstance(first, slice) and not any(isinstance(part, Ref) for part in (first.start, first.stop)):
            start, stop, _ = first.indices(size)
            return start, stop
        if isinstance(first, int):
            return first % size, first % size + 1
    axis = node.argument(1 if node.name in ("narrow", "unbind") else 2, "dim", default=0)
    if node.name == "narrow" and axis == 0:
        start, length = node.argument(2, "start"), node.argument(3, "length")
        if isinstance(start, int) and isinstance(length, int):
            return start % size, start % size + length
    if node.name in _PARTS and axis == 0:
        lengths = [shape[0] if node.name != "unbind" else 1 for shape in node.shapes]
        start = sum(lengths[: ref.out])
        return start, start + lengths[ref.out]
    return 0, size


PROBE = Probe(
    "a series is scaled by nothing that comes later",
    lambda look: scaled_by_later(look.step),
    in_evaluation=True,
)
