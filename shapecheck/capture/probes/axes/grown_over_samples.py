"""What is added once more for each sample of a batch, so that a sample is judged by its row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS, SELECTS, SHIFTS
from shapecheck.findings import Fix

_OF_ROWS = frozenset(["softmax", "log_softmax", "sigmoid", "exp", "log", "detach"])
_LEAST = 3


def grown_over_samples(look: Look) -> Iterator[Sighting]:
    """``table = table + change`` in a loop over the rows of what a model returned, with the same change each time.

    Along the steps of a sequence something may well grow. That the rows are samples is seen by the probe: each item of
    the input moves its own row alone.
    """
    step = look.step
    for chain, change in _chains(step):
        picked = [_picked(step, node) for node in chain]
        rows = {ref for pick in picked for ref, _ in pick}
        source = next((ref for ref in rows if _are_samples(look, ref)), None)
        if source is None:
            continue
        places = [next((place for ref, place in pick if ref == source), None) for pick in picked]
        if places != list(range(step.tape.shape(source)[0])):
            continue
        text = (
            f"this adds the same {step.tape.shape(change)} once more for each of the {len(chain)} rows of "
            f"{step.tape.shape(source)}, which are samples: by the probe each item of the input moves its own row "
            "alone. Each row is judged with more of it than the one before, and so by its place in the batch"
        )
        fix = Fix("add it to what there was before the loop", (), "no")
        yield sighted("grown_over_samples", chain[0], text, (fix,))
        return


def _chains(step: Step) -> Iterator[tuple[list[Node], Ref]]:
    """Additions of one instruction, each to the result of the one before, of what was made of parameters alone."""
    groups: dict[tuple[int, int], list[Node]] = {}
    for node in step.of_loss:
        if node.name in SHIFTS and node.spot is not None and len(node.parents) == 2:
            groups.setdefault((id(node.spot.code), node.spot.instruction), []).append(node)
    for nodes in groups.values():
        changes = list(dict.fromkeys(node.parents[1] for node in nodes))
        is_chain = all(one.ref == other.parents[0] for one, other in pairwise(nodes))
        if len(nodes) < _LEAST or not is_chain or prod(step.tape.shape(changes[0])) < 2:
            continue
        if all(change in step.learned and _is_of_parameters(step, change) for change in changes):
            yield nodes, changes[0]


def _is_of_parameters(step: Step, ref: Ref) -> bool:
    """Whether it is a parameter, or was made of nothing else."""
    if step.is_leaf(ref):
        return step.node(ref.node).kind == "parameter"
    made = ancestors(step.tape, [ref], step.first)
    leaves = [parent for at in made for parent in step.node(at).parents if step.is_leaf(parent)]
    return bool(leaves) and all(step.node(leaf.node).kind == "parameter" or leaf in step.inner for leaf in leaves)


def _picked(step: Step, node: Node) -> list[tuple[Ref, int]]:
    """The rows with which what an addition made comes together: of which tensor, and the how manyth."""
    reached, found = {node.ref}, list[tuple[Ref, int]]()
    for other in step.nodes:
        if other.index <= node.index or not reached & set(other.parents) or other.repeats(node):
            continue
        rest = [ref for ref in other.parents if ref not in reached]
        found += [pick for ref in rest if (pick := _row(step, ref)) is not None]
        if not rest:
            reached.add(other.ref)
    return found


def _row(step: Step, ref: Ref) -> tuple[Ref, int] | None:
    """Of which tensor something is a row, and the how manyth."""
    for made, node in backwards(step.tape, ref, SAME_NUMBERS | _OF_ROWS, first=step.first):
        at = node.args[-1] if node.name in SELECTS and len(node.args) > 1 else None
        if isinstance(at, int) and not isinstance(at, bool) and not step.is_leaf(made):
            return node.parents[0], at
    return None


def _are_samples(look: Look, ref: Ref) -> bool:
    masks = [way.moves[0].masks(ref) for way in look.ways if 0 in way.moves]
    return ref in look.step.learned and any(separate_axes(seen) == [0] for seen in masks if seen)


PROBE = Probe(
    "nothing grows from one sample of a batch to the next",
    grown_over_samples,
    of_samples=True,
)
