"""A step that is read anew each time a sequence has grown, and never changes with what was written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import SELECTS
from shapecheck.findings import Fix

# So many rounds must read the same.
_LEAST = 4


def same_each_round(step: Step) -> Iterator[Sighting]:
    """``h[:, 0]`` of a causal model whose input is what it was given before and one step more, in each round.

    Nothing else is read of what it comes from, and the numbers are the same in all rounds: what was written since has
    no part in it. A model that looks both ways has another first step in each of them.
    """
    for rounds in _growing(step):
        for node in _picks(step, rounds[0]):
            same = [other for root in rounds for other in _picks(step, root) if other.repeats(node)]
            if len(same) == len(rounds) and len({_fixed(step, other) for other in same}) == 1 and _agree(step, same):
                yield _told(step, node, len(rounds))
                return


def _growing(step: Step) -> Iterator[list[Root]]:
    """Calls of one model in a row of which each is given what the one before was, and more behind it."""
    roots = [root for root in step.roots if not root.graded and root.last >= 0 and root.inputs]
    run: list[Root] = roots[:1]
    for before, root in pairwise(roots):
        if root.module is before.module and _goes_on(step, before, root):
            run.append(root)
            continue
        if len(run) >= _LEAST:
            yield run
        run = [root]
    if len(run) >= _LEAST:
        yield run


def _goes_on(step: Step, before: Root, root: Root) -> bool:
    made = [step.node(_uncut(step, ref).node) for ref in root.inputs]
    given = {_uncut(step, ref) for ref in before.inputs}
    return any(node.name == "cat" and node.parents[:1] and _uncut(step, node.parents[0]) in given for node in made)


def _uncut(step: Step, ref: Ref) -> Ref:
    """What a window of the last steps was cut out of, as long as it leaves none out: ``ids[:, -context:]``."""
    node = step.node(ref.node)
    is_whole = node.name == "__getitem__" and node.parents and step.tape.shape(node.parents[0]) == node.shapes[0]
    return node.parents[0] if is_whole else ref


def _picks(step: Step, root: Root) -> Iterator[Node]:
    """Where one step, counted from the front, is taken of something that a call has made, and nothing else is."""
    sizes = {size for ref in root.inputs for size in step.tape.shape(ref)[1:2]}
    after = [other.first for other in step.roots if other.first >= root.last]
    readers = [step.node(index) for index in range(root.last, min(after, default=step.last))]
    for node in readers:
        if node.root >= 0 or node.name not in SELECTS or not node.parents or _fixed(step, node) is None:
            continue
        source = node.parents[0]
        is_made_there = root.first <= source.node < root.last and step.tape.shape(source)[1] in sizes
        if is_made_there and sum(source in other.parents for other in readers) == 1:
            yield node


def _fixed(step: Step, node: Node) -> int | None:
    """Which step is taken of the second axis, counted from the front; None if it is another index."""
    if len(step.tape.shape(node.parents[0])) < 2:
        return None
    if node.name == "select":
        axis, at = (node.kwargs.get(name, node.args[place]) for place, name in ((1, "dim"), (2, "index")))
        return at if axis == 1 and isinstance(at, int) and at >= 0 else None
    index = node.args[1]
    if not isinstance(index, tuple) or len(index) < 2 or index[0] != slice(None):
        return None
    return index[1] if type(index[1]) is int and index[1] >= 0 else None


def _agree(step: Step, nodes: list[Node]) -> bool:
    """Whether the numbers are those of the first round in the midst and in the last one."""
    first, *others = (step.value_of_input(node.ref) for node in (nodes[0], nodes[len(nodes) // 2], nodes[-1]))
    return first is not None and all(
        other is not None and other.shape == first.shape and torch.allclose(other, first, rtol=1e-4, atol=1e-5)
        for other in others
    )


def _told(step: Step, node: Node, rounds: int) -> Sighting:
    text = (
        f"in {rounds} rounds the model was given what it had been given before and more behind it, and step "
        f"{_fixed(step, node)} was taken of what came out: it has the same numbers in all of them, for it sees "
        "nothing of the steps behind it"
    )
    fix = Fix("[:, -1], the newest step", (), "no")
    return sighted("same_step_each_round", node, text, (fix,))


PROBE = Probe(
    "no step is read each time a sequence has grown and stays the same",
    lambda look: same_each_round(look.step),
    of_followed=True,
)
