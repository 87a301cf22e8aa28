"""Which axis of a tensor holds the samples, by the names of its sizes where a script made it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from shapecheck.capture.instruments.axes.features_axis import axis_kept
from shapecheck.capture.instruments.trials.sighting import call_at, node_at
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.reading.sources import items_of, last_name
from shapecheck.reading.vocabulary import MADE_OF_SIZES

MAKES = frozenset([*MADE_OF_SIZES, "randint", "normal"])
_STEPS = frozenset(
    ["time", "times", "step", "steps", "timestep", "timesteps", "seq", "seqlen", "timelen", "rolloutlen", "seqlength",
     "length", "horizon", "unroll", "frames", "window", "lookback", "history", "ticks"]
)  # fmt: skip
# Lanes, trials or workers of one time may well belong together; a letter may stand for anything.
_SAMPLES = frozenset(["bs", "bsz", "batch", "batchsize", "minibatch", "minibatchsize", "env", "envs"])
_HOPS = 600


def named_samples_axis(tape: Tape, source: Ref) -> int | None:
    """The axis, 0 or 1, if the sizes of these two are named for steps and for samples: ``randn(steps, envs, 7)``.

    Or if it was cut into batches that are named so: ``x[i : i + batch_size]``.
    """
    if len(tape.shape(source)) < 2:
        return None
    places: list[int] = [0, 1]
    ref = source
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.name in MAKES:
            names = _sizes(node)
            found = [_kind(names[at]) if at < len(names) else None for at in places]
            return found.index("samples") if sorted(map(str, found)) == ["samples", "steps"] else None
        if node.function is None or not node.parents:
            return None
        cut = _cut_into_batches(node)
        if cut in places:
            return places.index(cut)
        before = [place_before(tape, node, at) for at in places]
        if None in before:
            return None
        places = [at for at in before if at is not None]
        ref = node.parents[0]
    return None


def _cut_into_batches(node: Node) -> int | None:
    """The axis along which an index takes the items of one batch after the other, by how the script spells it."""
    index = node_at(node, ast.Subscript) if node.name == "__getitem__" else None
    if not isinstance(index, ast.Subscript):
        return None
    parts = items_of(index.slice)
    if not all(isinstance(part, ast.Slice) for part in parts):
        return None
    found = [axis for axis, part in enumerate(parts) if isinstance(part, ast.Slice) and _is_a_batch(part)]
    return found[0] if len(found) == 1 else None


def _is_a_batch(part: ast.Slice) -> bool:
    """Whether a slice is ``i : i + batch_size``, or ``i * batch_size : (i + 1) * batch_size``."""
    lower, upper = part.lower, part.upper
    if isinstance(upper, ast.Call) and last_name(upper.func) == "min" and upper.args:
        upper = upper.args[0]
    if lower is None or not isinstance(upper, ast.BinOp):
        return False
    sides = (upper.left, upper.right)
    if isinstance(upper.op, ast.Add):
        more = [side for side in sides if ast.unparse(side) != ast.unparse(lower)]
        return len(more) == 1 and _kind(last_name(more[0])) == "samples"
    counted = [side for side in sides if _kind(last_name(side)) == "samples"]
    if not isinstance(upper.op, ast.Mult) or not isinstance(lower, ast.BinOp) or len(counted) != 1:
        return False
    return ast.unparse(counted[0]) in (ast.unparse(lower.left), ast.unparse(lower.right))


def place_before(tape: Tape, node: Node, axis: int) -> int | None:
    """Where an axis was in what a node reads first."""
    if node.name == "__setitem__":
        return axis
    part = node.parents[0]
    kept = next((at for at in range(len(tape.shape(part))) if axis_kept(tape, node, part, at) == axis), None)
    return _unindexed(node.args[1], axis) if kept is None and node.name == "__getitem__" else kept


def _unindexed(index: Any, axis: int) -> int | None:
    """Where an axis was before an index that takes parts of axes, or single items of others."""
    parts = index if isinstance(index, tuple) else (index,)
    if any(part is Ellipsis or part is None or isinstance(part, list | bool) for part in parts):
        return None
    if sum(isinstance(part, Ref) for part in parts) > 1:
        return None
    kept = [at for at, part in enumerate(parts) if not isinstance(part, int)]
    return kept[axis] if axis < len(kept) else axis - len(kept) + len(parts)


def _sizes(node: Node) -> list[str]:
    call = call_at(node)
    return sizes_named(call) if call is not None else []


def sizes_named(call: ast.Call) -> list[str]:
    """How the sizes in a call that makes a tensor are spelt, as far as each is a name."""
    given: Iterable[ast.expr] = [word.value for word in call.keywords if word.arg == "size"] or call.args
    items = [*given]
    nested = next((item for item in items if isinstance(item, ast.Tuple | ast.List)), None)
    items = nested.elts if isinstance(nested, ast.Tuple | ast.List) else items
    return [last_name(item) for item in items]


def is_for_steps(name: str) -> bool:
    """Whether a name of a size says that it counts steps."""
    return _kind(name) == "steps"


def is_for_batches(name: str) -> bool:
    """Whether a name of a size says that it counts the samples of a batch; environments may be the same ones always."""
    return _kind(name) == "samples" and "env" not in name.lower()


def _kind(name: str) -> str | None:
    words = name.lower().split("_")
    spelt = {words[-1], "".join(words[-2:])}
    return "steps" if spelt & _STEPS else "samples" if spelt & _SAMPLES else None
