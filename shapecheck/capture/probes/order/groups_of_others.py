"""Rows that are held beside a number of a group of rows which they are not in."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, CUTS, POOLS, RANDOM, SPREADS
from shapecheck.findings import Fix

_MEETS = frozenset(["cat", "sub", "div", "mul", "add"])
_SPREADS_OUT = COPIES | {"repeat_interleave", "__getitem__"}
_MEASURES = POOLS | SPREADS | {"norm", "median", "logsumexp"}
# What holds rows against others on purpose.
_MOVES = RANDOM | {"roll", "flip", "sort", "argsort", "topk"}
_FEWEST, _MOST = 4, 12


def groups_of_others(step: Step) -> Iterator[Sighting]:
    """``x.view(g, -1).std(0)`` beside rows that are then counted group by group: ``std.repeat_interleave(g)``.

    The reshape has put every n-th row into a group, and what is measured of a group is handed to rows that follow each
    other. A row whose numbers are others moves what some rows are given, all of them alike, and is not among them: of
    who leaves a row out of its own group each row is given a number of its own.
    """
    for node in step.of_loss:
        if node.name not in _MEETS or len(node.parents) < 2:
            continue
        for one, other in ((one, other) for one in node.parents for other in node.parents if one != other):
            cut = _measured_in_groups(step, node, one, other)
            if cut is not None and _is_of_others(step, one, other):
                yield _told(step, cut, one, node)
                return


def _measured_in_groups(step: Step, node: Node, one: Ref, other: Ref) -> Node | None:
    """Where rows are cut into groups, if a tensor has a number of such a group for each row of another one."""
    rows = step.tape.shape(one)[:1]
    is_beside = node.name != "cat" or node.argument(1, "dim", default=0) not in (0, -len(node.shapes[0]))
    if not rows or rows[0] < _FEWEST or step.tape.shape(other)[:1] != rows or not is_beside or other.node < one.node:
        return None
    if not step.tape.dtype(one).is_floating_point or step.is_leaf(other):
        return None
    between = [step.node(index) for index in ancestors(step.tape, [other], one.node + 1)]
    names = {each.name for each in between}
    if not names & _MEASURES or not names & _SPREADS_OUT or names & _MOVES or len(between) > 40:
        return None
    cuts = [each for each in between if each.name in CUTS | {"unflatten"} and one in each.parents]
    return cuts[0] if cuts and step.tape.shape(cuts[0].ref)[:1] != rows else None


def _is_of_others(step: Step, one: Ref, other: Ref) -> bool:
    """Whether rows move what other rows are given, all of those alike, and not what they are given themselves."""
    try:
        value, base = step.value(one), step.value(other)
        places = torch.linspace(0, len(value) - 1, min(_MOST, len(value))).long().tolist()
        order = [*_between(step, one, other)]
        moved = [difference(base, _with_another(step, one, other, order, at)) for at in places]
    except (KeyError, RuntimeError):
        return False
    rows = [mask.reshape(len(mask), -1).any(1) for mask in moved]
    is_of_groups = all(1 < int(mask.sum()) < len(mask) and _are_alike(base[mask]) for mask in rows)
    # Where groups are cut the wrong way, some rows are still in that which they are given.
    return is_of_groups and 3 * sum(not mask[at] for at, mask in zip(places, rows, strict=True)) >= len(places)


def _between(step: Step, one: Ref, other: Ref) -> Iterator[int]:
    """The nodes by which a tensor is made of another one."""
    reached = {one}
    for index in ancestors(step.tape, [other], one.node + 1):
        node = step.node(index)
        if not reached.isdisjoint(node.parents):
            reached.update(node.outs)
            yield index


def _with_another(step: Step, one: Ref, other: Ref, order: list[int], at: int) -> Tensor:
    changed = step.value(one).clone()
    changed[at] = 2 * changed[at] + 1
    return replay(step.tape, order, {one: changed}, None, step.run())[other]


def _are_alike(rows: Tensor) -> bool:
    return bool((rows == rows[:1]).all())


def _told(step: Step, cut: Node, one: Ref, node: Node) -> Sighting:
    line = node.spot.line if node.spot is not None else 0
    text = (
        f"{step.tape.shape(one)} is cut here into {cut.shapes[0]}, groups are measured, and what they give stands "
        f"beside the rows again in line {line}: with one row replaced, others are given another number there, and it "
        "is not. A reshape keeps neighbours together along its last axes, and the groups were made along the first one"
    )
    fix = Fix("groups in front, their members behind: view(groups, members, ...), and measured along axis 1", (), "no")
    return sighted("copies_in_another_order", cut, text, (fix,))


PROBE = Probe(
    "what is measured of groups of rows is handed to the rows of these groups",
    lambda look: groups_of_others(look.step),
)
