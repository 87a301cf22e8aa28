"""Mean and deviation of one tensor along one axis for itself, and along another for what is scaled like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AVERAGES, DEVIATIONS
from shapecheck.findings import Fix

_JOINS = frozenset(["cat", "stack", "vstack", "hstack", "__setitem__", "copy_"])
_MOVES = frozenset(["unsqueeze", "view", "reshape", "expand", "clone"])


def two_statistics(step: Step) -> Iterator[Sighting]:
    """A table of which the first rows are scaled by statistics along one axis, and the later ones along the other.

    The same function takes mean and deviation of one tensor twice: once to scale that tensor, once for other numbers.
    What is scaled both ways, to be set side by side, is meant; and what is never put together may follow two rules.
    """
    nodes = [node for node in step.tape.nodes[: step.last] if node.parents and node.spot is not None]
    found: dict[tuple[Ref, object], dict[int, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for node in nodes:
        if node.name not in AVERAGES | DEVIATIONS or len(step.tape.shape(node.parents[0])) != 2 or node.spot is None:
            continue
        axis = axis_of(node, 2)
        if axis is not None and min(step.tape.shape(node.parents[0])) > 1:
            found[node.parents[0], node.spot.code][axis].append(node)
    for (source, _), by_axis in found.items():
        if len(by_axis) != 2 or not all(_is_pair(made) for made in by_axis.values()):
            continue
        own = [axis for axis, made in by_axis.items() if _is_own(nodes, source, made)]
        if len(own) != 1 or not _is_used(nodes, source, by_axis[1 - own[0]]):
            continue
        if not _is_put_together(nodes, source, by_axis[own[0]], by_axis[1 - own[0]]):
            continue
        made, shape = by_axis[own[0]], step.tape.shape(source)
        text = (
            f"{shape} is scaled by its mean and its deviation along axis {own[0]}; the same function takes both along "
            f"axis {1 - own[0]} as well, for other numbers of the same kind. What is put together of the two was "
            "scaled by different rules"
        )
        edits = [other_axis(node, 1 - own[0]) for node in made]
        lines = [edit[0].line for edit in edits if edit]
        is_whole = len(set(lines)) == len(made)
        fix = Fix(f"dim={1 - own[0]}", tuple(e for edit in edits for e in edit) if is_whole else (), "no")
        yield sighted("scaled_by_two_rules", made[0], text, (fix,))
        return


def _is_pair(made: list[Node]) -> bool:
    names = [node.name for node in made]
    return any(name in AVERAGES for name in names) and any(name in DEVIATIONS for name in names)


def _is_own(nodes: list[Node], source: Ref, made: list[Node]) -> bool:
    """Whether the mean is taken off the very tensor of which it is the mean."""
    return any(other.parents[0] == source for other in _differences(nodes, made))


def _is_used(nodes: list[Node], source: Ref, made: list[Node]) -> bool:
    """Whether the mean, or what goes on from it, is taken off something else."""
    return any(other.parents[0] != source for other in _differences(nodes, made, onwards=True))


def _is_put_together(nodes: list[Node], source: Ref, own: list[Node], made: list[Node]) -> bool:
    mine = _goes_on(nodes, [node for node in _differences(nodes, own) if node.parents[0] == source])
    others = _differences(nodes, made, onwards=True)
    rest = _goes_on(nodes, [node for node in others if node.parents[0] != source])
    return any(node.name in _JOINS and mine & set(node.parents) and rest & set(node.parents) - mine for node in nodes)


def _goes_on(nodes: list[Node], starts: list[Node]) -> set[Ref]:
    """What was made of some tensors, they included."""
    found = {node.ref for node in starts}
    for node in nodes:
        if found.intersection(node.parents):
            found |= set(node.outs)
    return found


def _differences(nodes: list[Node], made: list[Node], onwards: bool = False) -> Iterator[Node]:
    means = {node.ref for node in made if node.name in AVERAGES}
    for node in nodes:
        if not means.intersection(node.parents):
            continue
        if node.name == "sub" and node.parents[-1] in means:
            yield node
        elif node.name in _MOVES or (onwards and node.name in ("mul", "add")):
            means.add(node.ref)


PROBE = Probe(
    "what is scaled together is scaled by one rule",
    lambda look: two_statistics(look.step),
    needs_no_run=True,
)
