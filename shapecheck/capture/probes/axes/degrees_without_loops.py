"""Graphs with a loop at each node, added for their normalisation, that are scaled by the degrees without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, readers_in
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, TAKES_ROWS, ZEROS
from shapecheck.findings import Fix

# What makes factors of degrees: roots and inverses, laid along an axis or a diagonal, with none for a node alone.
_MAKES_FACTORS = frozenset(
    ["pow", "rsqrt", "sqrt", "inverse", "reciprocal", "div", "diag", "diag_embed", "masked_fill", "__setitem__",
     "where", "__getitem__", "nan_to_num", "clamp", "clamp_min", "unsqueeze", "view", "reshape", "expand", "squeeze",
     "t", "T", "transpose", "linalg_inv", "inv"]
) | CONVERTS  # fmt: skip
_SCALES = frozenset(["matmul", "mm", "bmm", "mul", "div", "einsum"])
_COUNTS = frozenset(["index_add", "scatter_add", "bincount"])
# What is made of the factors of edges before they are turned over, if they were not yet.
_MEETS = frozenset(["mul", "sqrt", "unsqueeze", "view", "reshape", "clamp", "clamp_min", "to"])
_TURNED = frozenset(["rsqrt", "reciprocal", "inverse", "linalg_inv", "inv"])
_ONCE = frozenset(["maximum", "logical_or", "max", "fill_diagonal", "fill_diagonal_"])
_LAYS = frozenset(["__getitem__", "unbind", "select", "unsqueeze", "repeat", "expand", "view", "reshape", "stack"])
_HOPS = 12


def degrees_without_loops(step: Step) -> Iterator[Sighting]:
    """``D @ (A + I) @ D`` where ``D`` was made of the sums of ``A``: the matrix, or the list of edges, has a loop more.

    Who counts the loop by itself, as in ``A.sum(1) + 1``, is right, and so is who adds it behind the scaling.
    """
    nodes = step.tape.nodes[: step.last]
    sums = [node for node in nodes if _is_of_degrees(step, node)]
    sums = [node for at, node in enumerate(sums) if not any(node.repeats(one) for one in sums[:at])]
    if not sums:
        return
    readers = readers_in(step.tape, range(step.last))
    for node in sums:
        for factor, is_turned in _factors(step, node, readers):
            for reader in readers.get(factor, ()):
                is_scale = is_turned or _turns_over(reader, factor) or _is_turned_later(reader, readers)
                if is_scale and _scales_with_loops(step, node, factor, reader):
                    yield _told(node, reader)
                    return


def _told(node: Node, scaled: Node) -> Sighting:
    what = "matrix" if node.name == "sum" else "list of edges"
    text = (
        f"the degrees were counted in a {what} to which a loop at each node was added for what they scale: each node "
        "has one neighbour more there than is counted, so that nodes with few of them are made too large"
    )
    fix = Fix(f"the degrees of the {what} with the loops", (), "no")
    return sighted("degrees_without_loops", node if node.spot is not None else scaled, text, (fix,))


def _is_of_degrees(step: Step, node: Node) -> bool:
    if node.function is None or not node.parents:
        return False
    if node.name == "sum":
        shape = step.tape.shape(node.parents[0])
        return len(shape) > 1 and shape[-1] == shape[-2] > 2 and len(node.shapes[0]) >= len(shape) - 1 > 0
    # Who begins with a one at each node has counted the loop.
    begun = node.name == "bincount" or origin(step.tape, node.parents[0], CONVERTS)[1].name in ZEROS
    return node.name in _COUNTS and begun and _counted(node) is not None


def _counted(node: Node) -> Ref | None:
    """The ends of edges that are counted: how often each node stands among them."""
    given = (
        node.argument(0, "input") if node.name == "bincount" else node.argument(2 if len(node.args) > 2 else 1, "index")
    )
    return given if isinstance(given, Ref) else None


def _factors(step: Step, node: Node, readers: dict[Ref, list[Node]]) -> Iterator[tuple[Ref, bool]]:
    """The degrees and what was made of them alone, each with whether it is one over them."""
    seen, ends = {node.ref}, {node.ref: False}
    for _ in range(_HOPS):
        yield from ends.items()
        ends = {
            reader.ref: is_turned or _turns_over(reader, ref)
            for ref, is_turned in ends.items()
            for reader in readers.get(ref, ())
            if reader.ref not in seen and _goes_on(step, reader, ref)
        }
        seen |= {*ends}


def _turns_over(reader: Node, ref: Ref) -> bool:
    """Whether it makes one over a number, or divides by it: degrees as they are scale nothing down."""
    if reader.name == "pow":
        by = reader.args[1] if len(reader.args) > 1 else None
        return isinstance(by, int | float) and by < 0
    return reader.name in _TURNED or (reader.name == "div" and reader.args[0] != ref)


def _is_turned_later(reader: Node, readers: dict[Ref, list[Node]]) -> bool:
    """Whether what was picked for each edge is turned over then."""
    ends = [reader.ref] if reader.name in TAKES_ROWS else []
    for _ in range(_HOPS):
        made = [(node, ref) for ref in ends for node in readers.get(ref, ())]
        if any(_turns_over(node, ref) for node, ref in made):
            return True
        ends = [node.ref for node, _ in made if node.name in _MEETS]
    return False


def _goes_on(step: Step, reader: Node, ref: Ref) -> bool:
    others = [parent for parent in reader.parents if parent != ref]
    if reader.name in ("add", "clamp_min", "clamp"):
        # A one more is the loop; a small number only keeps a division from zero.
        by = reader.args[1] if len(reader.args) > 1 else 0
        return not others and (reader.name != "add" or (isinstance(by, int | float) and 0 <= by < 0.1))
    if reader.name in ("__setitem__", "masked_fill", "where"):
        return all(step.tape.dtype(other).is_floating_point is False for other in others if step.tape.shape(other))
    return reader.name in _MAKES_FACTORS and not others


def _scales_with_loops(step: Step, node: Node, factor: Ref, reader: Node) -> bool:
    if node.name == "sum":
        if reader.name not in _SCALES:
            return False
        given, shape = node.parents[0], reader.shapes[0]
        # The degrees as numbers of the nodes are added up by a graph, and scale none.
        if len(shape) < 2 or shape[-1] != shape[-2]:
            return False
        return any(_is_with_loops(step, other, given) for other in reader.parents if other != factor)
    counted, index = _counted(node), _picked_by(reader, factor)
    return counted is not None and index is not None and _has_loops_behind(step, index, counted)


def _is_with_loops(step: Step, ref: Ref, given: Ref) -> bool:
    """Whether a matrix is another one with a loop at each node."""
    ref, made = origin(step.tape, ref, CONVERTS)
    given = origin(step.tape, given, CONVERTS)[0]
    before = [origin(step.tape, parent, CONVERTS)[0] for parent in made.parents]
    if given not in before or (made.name in _ONCE and _has_loops(step, given)):
        return False
    if made.name in ("add", "maximum", "logical_or", "max") and len(before) == 2 and not made.kwargs.get("alpha"):
        return any(_is_identity(step, other) for other in before if other != given)
    return (
        made.name in ("fill_diagonal", "fill_diagonal_") and before[0] == given and made.argument(1, "fill_value") == 1
    )


def _has_loops(step: Step, given: Ref) -> bool:
    """Whether each node had its loop already: one that is there is not put there once more."""
    value = step.known(given) if given.node >= step.first else step.tape.held.get(given)
    if value is not None:
        return bool(value.diagonal(dim1=-2, dim2=-1).bool().all())
    made = step.node(given.node)
    return made.name in _ONCE and any(_is_with_loops(step, given, parent) for parent in made.parents)


def _is_identity(step: Step, ref: Ref) -> bool:
    _, made = origin(step.tape, ref, CONVERTS | {"unsqueeze", "expand", "repeat"})
    if made.name in ("diag", "diag_embed") and len(made.args) == 1 and made.parents:
        return step.node(made.parents[0].node).name in ("ones", "ones_like", "new_ones")
    return made.name == "eye"


def _picked_by(reader: Node, factor: Ref) -> Ref | None:
    """By which numbers of nodes the factors are picked, one for each edge."""
    if reader.name not in TAKES_ROWS or reader.parents[0] != factor:
        return None
    given: Any = reader.args[-1] if reader.name == "__getitem__" else reader.argument(2, "index")
    return given if isinstance(given, Ref) else None


def _has_loops_behind(step: Step, index: Ref, counted: Ref) -> bool:
    """Whether ends of edges are others with all nodes behind them, a loop each."""
    whole, joined = origin(step.tape, index, _LAYS | CONVERTS)
    parts = joined.args[0] if joined.name in ("cat", "concat", "hstack") and joined.args else ()
    if not isinstance(parts, list | tuple) or len(parts) != 2 or not all(isinstance(part, Ref) for part in parts):
        return False
    ends = {ref for ref, _ in backwards(step.tape, counted, _LAYS | CONVERTS)}
    if whole in ends:
        return False
    first, loops = parts
    made = origin(step.tape, loops, _LAYS | CONVERTS)[1]
    return made.name == "arange" and first in ends


PROBE = Probe(
    "a graph with loops is scaled by degrees that count them",
    lambda look: degrees_without_loops(look.step),
    needs_no_run=True,
)
