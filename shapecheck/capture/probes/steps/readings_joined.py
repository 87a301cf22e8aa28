"""Two readings of the same steps, one of them backwards, that are put behind each other as twice as many steps."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import ATTENTIONS, RECURRENT
from shapecheck.findings import Fix

_PASSES = frozenset(["dropout", "contiguous", "tanh", "relu", "layer_norm", "to", "__getitem__"])
_HOPS = 6


def readings_joined(step: Step) -> Iterator[Sighting]:
    """What a recurrent layer made of turned steps, turned back, so that step k of both readings is the same step.

    It was turned back for each step to have both: joined along the steps, step k of one reading is as far from step k
    of the other as the sequence is long.
    """
    for node in step.nodes:
        items = [*refs_in(node.args[:1])] if node.name == "cat" and node.index in step.to_loss else []
        if len(items) != 2:
            continue
        axis, shape = axis_of(node, len(node.shapes[0])), step.tape.shape(items[0])
        axis = 0 if axis is None and "dim" not in node.kwargs and len(node.args) < 2 else axis
        if axis is None or len(shape) != 3 or shape != step.tape.shape(items[1]) or shape[axis] < 2:
            continue
        sources = [_read(step, item, axis) for item in items]
        known = [source for source in sources if source is not None]
        if len(known) != 2 or known[0][0] != known[1][0] or known[0][1] == known[1][1]:
            continue
        if _is_looked_up(step, node):
            continue
        text = (
            f"both {shape} are readings of the same {shape[axis]} steps, the one read backwards is turned back, so "
            f"that step k of both is the same; joined along axis {axis} they are {node.shapes[0][axis]} steps, of "
            "which each has one direction only"
        )
        fix = Fix("dim=-1, along the features", (), "no")
        yield sighted("readings_behind_each_other", node, text, (fix,))
        return


def _is_looked_up(step: Step, join: Node) -> bool:
    """Whether attention looks it up by queries of something else, to which it is all one in which order it stands."""
    made = {join.ref}
    for node in step.nodes:
        if node.index > join.index and made & set(node.parents):
            if node.name in ATTENTIONS:
                return not made & set(refs_in(node.args[:1]))
            if node.name in ("transpose", "contiguous", "dropout", "layer_norm"):
                made.add(node.ref)
    return False


def _read(step: Step, ref: Ref, axis: int) -> tuple[Ref, bool] | None:
    """What was read, and whether it was turned before and turned back afterwards, along the axis of the steps."""
    made, is_back = _behind(step, ref, axis)
    if made is None or made.name not in RECURRENT or made.args[-1:] != (axis == 1,):
        return None
    source = made.parents[0]
    turned = _flipped(step.node(source.node), axis)
    if is_back != (turned is not None):
        return None
    return turned or source, is_back


def _behind(step: Step, ref: Ref, axis: int) -> tuple[Node | None, bool]:
    is_back = False
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name in RECURRENT:
            return (node, is_back) if ref.out == 0 else (None, is_back)
        source = _flipped(node, axis)
        if source is not None and not is_back:
            is_back, ref = True, source
        elif node.name in _PASSES and node.parents and step.tape.shape(node.parents[0]) == node.shapes[0]:
            ref = node.parents[0]
        else:
            break
    return None, is_back


def _flipped(node: Node, axis: int) -> Ref | None:
    """What a node turned along an axis."""
    if node.name != "flip" or not node.parents:
        return None
    given = node.kwargs.get("dims", node.args[1:])
    flat = [part for item in given for part in (item if isinstance(item, tuple | list) else (item,))]
    return node.parents[0] if [at % len(node.shapes[0]) for at in flat] == [axis] else None


PROBE = Probe(
    "readings of both directions are joined along the features",
    lambda look: readings_joined(look.step),
)
