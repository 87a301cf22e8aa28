"""Flags that say whether an episode goes on, and are added to the worth of what comes next instead of multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS
from shapecheck.findings import Fix

_OPPOSITES = frozenset(["logical_not", "bitwise_not", "__invert__"])
_HANDS_ON = CONVERTS | AXES_OF_ONE | {"view", "reshape", "flatten"}
# What an episode forgets from step to step: of flags alone a reward would be made by another number.
_LEAST = 0.8


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sum.

    Args:
        ref: What is added.
        factor: How many times.
        by: The operation by which it came into the sum.
        is_left_of_one: Whether it is added as what it leaves of one, or as its opposite.
    """

    ref: Ref
    factor: float
    by: int
    is_left_of_one: bool = False


def flags_added(step: Step) -> Iterator[Sighting]:
    """``reward + (gamma * going_on + value)`` for ``reward + gamma * going_on * value``.

    Told of a goal that is a sum of rewards, of zeros and ones, and of what a model has said that is of the kind of the
    one which is trained: with the discount on the zeros and ones alone, or on both as a sum. As they come, zeros and
    ones may be a reward of their own, as for a hit; what goes on is what they leave of one, or their opposite.
    """
    for node in step.all_of_loss:
        for ref in node.parents[:2] if node.name in ("mse_loss", "smooth_l1_loss", "huber_loss", "sub") else ():
            made = origin(step.tape, ref, _HANDS_ON, first=step.first)[1]
            parts = list(_parts(step, made.ref, 1.0, made.index)) if made.name in ("add", "sub") else []
            other = [parent for parent in node.parents[:2] if parent != ref]
            found = _mistaken(step, parts, other) if len(parts) == 3 else None
            if found is not None:
                text = (
                    "zeros and ones are added to the worth of what comes next, with a discount, and not multiplied "
                    "with it: where they are 0 that counts all the same, and the end of an episode changes the goal "
                    "by a constant"
                )
                fix = Fix("reward + gamma * going_on * value", (), "no")
                yield sighted("returns_over_ends", step.node(found), text, (fix,))
                return


def _mistaken(step: Step, parts: list[_Part], predicted: list[Ref]) -> int | None:
    """The operation that adds the flags; None if it is no such sum."""
    roots = {part.ref: _root_of(step, part.ref) for part in parts}
    values = [part for part in parts if roots[part.ref] is not None]
    plain = [part for part in parts if roots[part.ref] is None and part.ref not in step.learned]
    flags = [part for part in plain if _are_flags(step, part.ref)]
    if len(values) != 1 or len(plain) != 2 or len(flags) != 1:
        return None
    (value,), (flag,) = values, flags
    reward = next(part for part in plain if part is not flag)
    told = [root for ref in predicted if (root := _root_of(step, ref)) is not None]
    root = roots[value.ref]
    is_of_kind = root is not None and any(type(each.module) is type(root.module) and each is not root for each in told)
    is_discounted = _LEAST <= abs(flag.factor) < 1.0 and value.factor in (1.0, abs(flag.factor))
    # A hit is rare, and nobody adds it to what comes next before it is added to the reward.
    is_alone = flag.by == value.by != reward.by and value.factor == 1.0
    is_beside = is_alone and _is_mostly_set(step, flag.ref)
    is_goal = reward.factor == 1.0 and is_of_kind and is_discounted and (flag.is_left_of_one or is_beside)
    return flag.by if is_goal else None


def _parts(step: Step, ref: Ref, factor: float, by: int, *, is_left: bool = False) -> Iterator[_Part]:
    """What a tensor is a sum of, each with the number that it is multiplied with; numbers alone are left out."""
    ref, node = origin(step.tape, ref, _HANDS_ON, first=step.first)
    if node.name in _OPPOSITES and node.root < 0:
        ref, node = origin(step.tape, ref, _HANDS_ON)
        yield _Part(ref, factor, by, is_left_of_one=True)
        return
    is_plain = node.root < 0 and not node.kwargs and ref.node >= step.first and len(node.args) == 2
    if is_plain and node.name in ("add", "sub", "rsub"):
        signs = {"add": (1, 1), "sub": (1, -1), "rsub": (-1, 1)}[node.name]
        for given, sign in zip(node.args, signs, strict=True):
            if isinstance(given, Ref):
                at = node.index if len(node.parents) == 2 else by
                is_of_one = sign < 0 and any(one == 1 for one in node.args if not isinstance(one, Ref))
                yield from _parts(step, given, sign * factor, at, is_left=is_of_one)
    elif is_plain and node.name == "mul" and len(node.parents) == 1:
        number = next((given for given in node.args if isinstance(given, int | float)), None)
        if number is not None:
            yield from _parts(step, node.parents[0], factor * number, by, is_left=is_left)
    else:
        yield _Part(ref, factor, by, is_left or _is_left_of_one(step, node))


def _is_left_of_one(step: Step, made: Node) -> bool:
    """Whether flags were made so before the step began, or by what says the opposite."""
    while made.name in _HANDS_ON and made.parents:
        made = step.node(made.parents[0].node)
    return made.name in _OPPOSITES or (
        made.name in ("rsub", "sub") and any(one == 1 for one in made.args if not isinstance(one, Ref))
    )


def _root_of(step: Step, ref: Ref) -> Root | None:
    """The call of a model that has made a tensor, or of which it was taken."""
    node: Node = origin(step.tape, ref, _HANDS_ON | {"__getitem__", "gather", "max", "amax"}, first=step.first)[1]
    root = step.tape.roots[node.root] if node.root >= 0 else None
    return root if root is not None and has_parameters(root.module) else None


def _are_flags(step: Step, ref: Ref) -> bool:
    value = step.known(ref)
    return value is not None and value.numel() > 1 and are_truths(value) and bool((value != value.flatten()[0]).any())


def _is_mostly_set(step: Step, ref: Ref) -> bool:
    value = step.known(ref)
    return value is not None and bool(value.double().mean() > 0.5)


PROBE = Probe(
    "flags of the end are multiplied with what comes next",
    lambda look: flags_added(look.step),
)
