"""Sums that are carried on over the end of an episode, where the worth of what comes next is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from shapecheck.capture.instruments.rows.few_of_one_place import few_of_one_place
from shapecheck.capture.instruments.steps.episode_ends import PLAIN, alike, cuts
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_FEWEST = 4
_LINEAR = frozenset(["add", "sub", "rsub", "neg"])


def carried_over_ends(step: Step) -> Iterator[Sighting]:
    """``sum = c * sum + reward + g * next * (1 - done) - value``: what was carried on is cut by nothing."""
    for ref in few_of_one_place(step, step.targets):
        if not _are_flags(step.value(ref)):
            continue
        rounds: list[list[Node]] = []
        for node, others in cuts(step, alike(step, ref), PLAIN):
            if node.name == "mul" and len(others) == 1:
                known = next((found for found in rounds if node.repeats(found[0])), None)
                rounds.append([node]) if known is None else known.append(node)
        for found in rounds:
            carry = _carry(step, found) if len(found) >= _FEWEST else None
            if carry is not None:
                yield _told(carry, found[0])
                return


def _are_flags(value: Tensor) -> bool:
    return value.ndim < 3 and are_truths(value)


def _carry(step: Step, found: list[Node]) -> Node | None:
    """What takes the sum of one round into the next one, in all of them, also where the other term is cut off."""
    ends = [*(one.index for one in found[1:]), step.last]
    made = [_made_of(step, node, end) for node, end in zip(found, ends, strict=True)]
    carries = [_way(step, one, other) for one, other in pairwise(made)]
    if None in carries or len({len(carry) for carry in carries if carry}) != 1:
        return None
    is_run_over = False
    for node, carry in zip(found[1:], carries, strict=True):
        assert carry is not None
        sums, kept = step.value(carry[-1]), _kept(step, node)
        if kept is None or kept.shape != sums.shape:
            return None
        is_run_over |= bool(((kept == 0) & (sums.abs() > 1e-6)).any())
    last = carries[-1]
    assert last is not None
    # What is only added up along a mask, as the score of a path is, has left nothing of what comes behind.
    is_discounted = any(_is_scaled(step, step.node(ref.node)) for ref in (*last[:-1], *made[-2]))
    return step.node(last[-2].node) if is_run_over and is_discounted else None


def _kept(step: Step, node: Node) -> Tensor | None:
    """The factor of zeros and ones by which a product cuts something off."""
    factors = [step.value(ref) for ref in node.parents]
    return next((value for value in factors if _are_flags(value)), None) if len(factors) == 2 else None


def _made_of(step: Step, cut: Node, end: int) -> set[Ref]:
    """The sums that what was cut off went into, up to the next round."""
    found = {cut.ref}
    for index in range(cut.index + 1, end):
        node = step.node(index)
        if (node.name in _LINEAR or _is_scaled(step, node)) and found & set(node.parents):
            found.add(Ref(index))
    return found


def _way(step: Step, before: set[Ref], now: set[Ref]) -> list[Ref] | None:
    """From a sum of a round back to one of the round before: added to, and multiplied by one number for all."""
    open_ways = [[ref] for ref in sorted(now, key=lambda ref: ref.node)]
    seen: set[Ref] = set()
    while open_ways:
        way = open_ways.pop(0)
        if way[-1] in before:
            return way
        node = step.node(way[-1].node)
        if way[-1] in seen or not (node.name in _LINEAR or _is_scaled(step, node)):
            continue
        seen.add(way[-1])
        open_ways += [[*way, ref] for ref in node.parents]
    return None


def _is_scaled(step: Step, node: Node) -> bool:
    """Whether it multiplies by one number for all."""
    many = [ref for ref in node.parents if step.tape.shape(ref) != ()]
    return node.name in ("mul", "div") and len(many) == 1 and node.parents[0] == many[0]


def _told(carry: Node, cut: Node) -> Sighting:
    text = (
        f"`{cut.spot.span.text if cut.spot is not None else cut.name}` cuts off what comes behind the end of an "
        "episode, and the sum that is carried on from step to step goes on over it, times a number that is the same "
        "for all: the last steps of an episode are credited with the rewards of the one that begins behind it"
    )
    fix = Fix("the sum that is carried on times the same factor", (), "no")
    return sighted("returns_over_ends", carry, text, (fix,))


PROBE = Probe(
    "no sum runs on over the end of an episode where the next value is cut off",
    lambda look: carried_over_ends(look.step),
)
