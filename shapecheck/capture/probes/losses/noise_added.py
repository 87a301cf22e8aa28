"""Noise that a schedule mixes into data, of which one share lacks the root that the other has."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.drawn_samples import NORMAL
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_at, tree_of
from shapecheck.capture.recording.vocabulary import DIFFERENCES, HANDS_ON
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import walk

_EXPONENTIALS = frozenset(["exp", "expm1"])
_LOOKED_UP = HANDS_ON | {"gather", "index_select", "expand", "expand_as", "float"}
_EXACT, _FAR = 1e-5, 1e-2
# So many numbers say of themselves whether they were drawn from a standard normal distribution.
_MANY, _DEVIATIONS = 64, 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One of two products that are added up.

    Args:
        node: The product.
        share: How much of it there is, a number for each sample.
        of: What it is a share of.
    """

    node: Node
    share: Ref
    of: Ref


def noise_added(step: Step) -> Iterator[Sighting]:
    """``ab.sqrt() * x + (1 - ab) * noise``: the squares of both shares are to add up to one.

    A running product says that the schedule is that of a diffusion in steps. Of those in continuous time, which take
    an exponential, there is one whose noise grows as the square.
    """
    for node in step.recorded:
        parts = _parts(step, node)
        if parts is None:
            continue
        one, other = parts
        for mine, its in ((one, other), (other, one)):
            lacks = _lacks_root(step, mine, its)
            if lacks and any(_is_noise(step, part.of) for part in parts) and _is_of_running_product(step, parts):
                yield _told(step, mine, its, is_noise=_is_noise(step, mine.of))
                return


def _parts(step: Step, node: Node) -> tuple[_Part, _Part] | None:
    if node.name != "add" or len(node.parents) != 2 or node.kwargs or not node.shapes:
        return None
    found = [_part(step, ref) for ref in node.parents]
    one, other = found
    return (one, other) if one is not None and other is not None and one.of != other.of else None


def _part(step: Step, ref: Ref) -> _Part | None:
    node, tape = step.node(ref.node), step.tape
    if node.name != "mul" or len(node.parents) != 2 or ref.node < step.first:
        return None
    share, of = sorted(node.parents, key=lambda one: prod(tape.shape(one)))
    is_each = prod(tape.shape(share)) in (1, tape.shape(of)[0] if tape.shape(of) else 0)
    return _Part(node, share, of) if is_each and prod(tape.shape(of)) > prod(tape.shape(share)) else None


def _lacks_root(step: Step, mine: _Part, its: _Part) -> bool:
    """Whether the other share is the root of what this one leaves of one."""
    lacking, rooted = _value(step, mine.share), _value(step, its.share)
    if lacking is None or rooted is None or lacking.numel() != rooted.numel():
        return False
    lacking, rooted = lacking.flatten(), rooted.flatten()
    is_inside = bool(((lacking > 0) & (lacking < 1) & (rooted > 0) & (rooted < 1)).all())
    is_exact = bool(((rooted**2 + lacking - 1).abs() < _EXACT).all())
    return is_inside and is_exact and bool(((rooted**2 + lacking**2 - 1).abs() > _FAR).any())


def _value(step: Step, ref: Ref) -> Tensor | None:
    value = step.value_of_input(ref)
    return value.double() if value is not None and value.is_floating_point() else None


def _is_noise(step: Step, ref: Ref) -> bool:
    """Whether it was drawn from a standard normal distribution, or looks as if it was and is what the loss asks for."""
    source, made = origin(step.tape, ref, HANDS_ON)
    if made.name in NORMAL:
        return True
    value = _value(step, ref) if source in step.targets or source in step.inputs else None
    if value is None or value.numel() < _MANY or not step.is_leaf(source):
        return False
    error = _DEVIATIONS / math.sqrt(value.numel())
    return abs(float(value.mean())) < error and abs(float(value.std()) - 1) < error


def _is_of_running_product(step: Step, parts: tuple[_Part, _Part]) -> bool:
    spot = parts[0].node.spot
    tree = tree_of(spot.code.co_filename) if spot is not None else None
    named = {ast.unparse(item).split(".")[-1] for item in walk(tree) if isinstance(item, ast.Name | ast.Attribute)}
    above = {step.node(ref.node).name for part in parts for ref in refs_above(step.tape, part.share)}
    is_running = "cumprod" in above or "cumprod" in named
    return is_running and not above & _EXPONENTIALS


def _told(step: Step, mine: _Part, its: _Part, *, is_noise: bool) -> Sighting:
    lacking, rooted = _value(step, mine.share), _value(step, its.share)
    assert lacking is not None
    assert rooted is not None
    at = int((rooted.flatten() ** 2 + lacking.flatten() ** 2).argmin())
    low = float(rooted.flatten()[at]), float(lacking.flatten()[at])
    what, rest = ("noise", "data") if is_noise else ("data", "noise")
    text = (
        f"the share of the {rest} is a root, and that of the {what} is what its square leaves of one, without a root: "
        f"for a sample of this batch they are {low[0]:.3f} and {low[1]:.3f}, whose squares add up to "
        f"{low[0] ** 2 + low[1] ** 2:.3f}, where a mixture that keeps its variance adds up to 1"
    )
    made = origin(step.tape, mine.share, _LOOKED_UP)[1]
    place = made if made.name in DIFFERENCES and made.spot is not None else mine.node
    title, edits = _edits(mine, place)
    return sighted("noise_without_root", place, text, (Fix(title, edits, "no"),))


def _edits(part: _Part, place: Node) -> tuple[str, tuple[Edit, ...]]:
    """The root of the share, where it stands in the product, or where a table of all shares was made."""
    product = expression_at(part.node.spot, ast.BinOp) if part.node.spot is not None else None
    if place is not part.node and place.ref != part.share and place.spot is not None:
        table = expression_at(place.spot, ast.BinOp)
        if not isinstance(table, ast.BinOp):
            return "the root of these shares", ()
        new = f"({ast.unparse(table)}).sqrt()"
        return new, replaced_text(place.spot.code.co_filename, table, new)
    if part.node.spot is None or not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return "the root of this share", ()
    share = product.left if part.node.args[0] == part.share else product.right
    new = f"{as_primary(share)}.sqrt()"
    return new, _around(part.node.spot.code.co_filename, product, share, new)


def _around(file: str, product: ast.BinOp, share: ast.expr, new: str) -> tuple[Edit, ...]:
    """The product anew: brackets round the share are none of its own in the tree."""
    left, right = (new, ast.unparse(product.right)) if share is product.left else (ast.unparse(product.left), new)
    if share is product.left and isinstance(product.right, ast.BinOp):
        right = f"({right})"
    if share is product.right and isinstance(product.left, ast.BinOp) and not isinstance(product.left.op, ast.Mult):
        left = f"({left})"
    return replaced_text(file, product, f"{left} * {right}")


PROBE = Probe(
    "what a schedule mixes of data and noise keeps its variance",
    lambda look: noise_added(look.step),
    needs_no_run=True,
)
