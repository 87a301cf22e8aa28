"""What is measured of each sample against its own target, and of which the best one of the batch alone is kept."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.separation import Moves, probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import EXTREMES, TOTALS
from shapecheck.findings import Fix

_SCALES = frozenset(["neg", "mul", "div", "add", "sub", "rsub"])
_HOPS = 12


def best_of_the_batch(look: Look) -> Iterator[Sighting]:
    """``distances.min(dim=0).values.mean()`` of distances between each sample's points and those of its own target.

    Of several ways to lay an answer beside what was wanted the best one counts, for each sample. Along the samples the
    best sample counts, for each way, and nothing is asked of the others. A number without a target, such as the
    largest weight that any sample gives a class, may well be one of the whole batch; so may one in a table that holds
    the samples of two batches against each other, along two axes.
    """
    step = look.step
    found = [node for node in step.of_loss if node.name in EXTREMES and node.spot is not None and _is_best(step, node)]
    if not found or not step.targets:
        return
    held: dict[Ref, Moves] = {}
    for node in found:
        axes, ref = reduced_axes(step, node), node.parents[0]
        shape = step.tape.shape(ref)
        if len(axes) != 1 or len(shape) < 2 or shape[axes[0]] < 2:
            continue
        held = held or _probed(look)
        met = [moves for moves in held.values() if moves.reaches(ref)]
        of_inputs = [moves for moves in met if moves.source in step.inputs]
        if len(of_inputs) == len(met) or not of_inputs:
            continue
        lies = {tuple(separate_axes([mask for mask in moves.masks(ref) if bool(mask.any())])) for moves in met}
        sizes = {step.tape.shape(moves.source)[0] for moves in met}
        free = [axis for axis in reversed(range(len(shape))) if axis not in axes and shape[axis] > 1]
        if lies != {axes} or sizes != {shape[axes[0]]} or not free:
            continue
        taken = {one for other in found if other.parents[0] == ref for one in reduced_axes(step, other)}
        new = next((axis for axis in free if axis not in taken), free[0])
        text = (
            f"axis {axes[0]} of {shape} holds the {shape[axes[0]]} samples, each beside its own target, and "
            f"{node.name} runs along it: only the best sample counts at each place of axis {new}, and nothing is asked "
            "of the rest"
        )
        fix = Fix(f"dim={new}", other_axis(node, new), tried(step, {node.index: with_axis(node, new)}))
        yield sighted("reduced_along_batch", node, text, (fix,))
        return


def _probed(look: Look) -> dict[Ref, Moves]:
    """What the items of axis 0 of each input and target move, of those that have as many as the first input."""
    step = look.step
    found = {way.source: way.moves[0] for way in look.seen if 0 in way.moves}
    for ref in step.targets:
        if step.tape.shape(ref)[:1] in {step.tape.shape(source)[:1] for source in found}:
            try:
                found[ref] = probe(step, ref, 0)
            except Exception:
                # What does not run with other numbers says nothing.
                return {}
    return found


def _is_best(step: Step, node: Node) -> bool:
    """Whether all that becomes of it, scaled at most, is its mean or its sum, and the loss falls with the best one.

    The worst error of a batch may be asked for at each place.
    """
    reached, sign, is_total = node.ref, 1 if node.name in ("min", "amin") else -1, False
    for _ in range(_HOPS):
        readers = step.readers(reached, to_loss=True)
        if len(readers) != 1:
            break
        reader = readers[0]
        is_total = is_total or (reader.name in TOTALS and not reader.shapes[0])
        others = [parent for parent in reader.parents if parent != reached]
        if reader.name not in TOTALS | _SCALES or (others and not is_total):
            return False
        is_turned = reader.name in ("neg", "rsub") or (reader.name == "sub" and reader.args[0] != reached)
        numbers = (
            [item for item in reader.args if isinstance(item, int | float)] if reader.name in ("mul", "div") else []
        )
        sign *= -1 if is_turned or any(number < 0 for number in numbers) else 1
        reached = reader.ref
    return is_total and reached == step.loss and sign > 0


PROBE = Probe(
    "the best of each sample is sought, and not the best sample",
    best_of_the_batch,
    of_samples=True,
    # Where it is seen that samples move each other, that is told.
    turn=Turn.LAST,
)
