"""Channels that become pixels, or pixels that become channels, by a reshape alone: ``y.view(b, 1, h * r, w * r)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import features_made
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, DIFFERENCES
from shapecheck.findings import Edit, Fix

_SLIDES = frozenset(["conv2d", "conv_transpose2d"])
_MEETS = REDUCING | DIFFERENCES
_HOPS = 6


@dataclass(frozen=True, slots=True)
class _Factors:
    """How many rows and columns a pixel of the smaller map stands for, and whether the reshape makes the larger one."""

    high: int
    wide: int
    grows: bool


def pixels_cut(step: Step) -> Iterator[Sighting]:
    """Maps of a convolution that a reshape makes larger or smaller in both directions.

    Numbers stay in their order: a row of the larger map holds several rows of the smaller one, side by side. It is told
    where places count behind it, for a convolution that slides over them, or for a target that has as many.
    """
    nodes = [node for node in step.nodes if node.name in CUTS and node.parents]
    found = [(node, factors) for node in nodes if (factors := _factors(step, node)) is not None]
    features = features_made(step.tape, step.order, _SLIDES) if found else {}
    for node, factors in found:
        made = ancestors(step.tape, [node.parents[0]], 0)
        if any(_is_cut_too(step, step.node(index), factors) for index in made):
            # What was cut in the same way before comes back to where it was.
            continue
        if features.get(node.parents[0]) != 1 or not _counts_places(step, node.ref, _HOPS):
            continue
        instead = _shuffled(node.shapes[0], factors)
        try:
            step.run_with({node.index: instead})
        except Exception:
            # Something else relies on how it lies.
            continue
        before, after = step.tape.shape(node.parents[0]), node.shapes[0]
        name = "pixel_shuffle" if factors.grows else "pixel_unshuffle"
        small = before if factors.grows else after
        text = (
            f"{node.name} of {before} to {after} leaves all numbers in their order, so that {factors.wide} rows of a "
            f"small map of {small[2]} by {small[3]} lie side by side in one row of a large one; to exchange channels "
            f"and pixels, {factors.high} by {factors.wide} numbers of as many channels make one patch of it"
        )
        fix = Fix(f"{name}(x, {factors.high})", _edits(node, name, factors), "call", "each patch lies where it was")
        yield sighted("patches_not_turned", node, text, (fix,))
        return


def _factors(step: Step, node: Node) -> _Factors | None:
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    if len(before) != 4 or len(after) != 4 or before[0] != after[0] or min(before[2:] + after[2:]) < 2:
        return None
    grows = before[1] > after[1]
    (_, many, *small), (_, few, *large) = (before, after) if grows else (after, before)
    if large[0] % small[0] or large[1] % small[1]:
        return None
    high, wide = large[0] // small[0], large[1] // small[1]
    # One row beside the other is what nobody asks for; maps below each other may be a picture of all.
    return _Factors(high, wide, grows) if min(high, wide) > 1 and many == few * high * wide else None


def _is_cut_too(step: Step, node: Node, factors: _Factors) -> bool:
    """Whether a reshape alone goes the other way by as much."""
    found = _factors(step, node) if node.name in CUTS and node.parents else None
    return found == replace(factors, grows=not factors.grows)


def _counts_places(step: Step, ref: Ref, hops: int) -> bool:
    """Whether a convolution slides over what comes out, or it is held against a target, place by place."""
    shape = step.tape.shape(ref)
    for node in step.readers(ref, to_loss=True) if hops else ():
        if node.name in _SLIDES and node.parents[0] == ref:
            kernel = step.tape.shape(node.parents[1])
            return len(kernel) == 4 and max(kernel[2:]) > 1
        others = [other for other in node.parents if other != ref and step.tape.shape(other) == shape]
        if node.name in _MEETS and others:
            return not any(other in step.learned or _is_recut(step, other) for other in others)
        if node.name in ELEMENTWISE | CONVERTS and node.shapes[0] == shape and not others:
            return _counts_places(step, node.ref, hops - 1)
    return False


def _is_recut(step: Step, ref: Ref) -> bool:
    """Whether a target came to its shape by a reshape as well."""
    return any(node.name in CUTS for _, node in backwards(step.tape, ref, None, _HOPS))


def _shuffled(out: tuple[int, ...], factors: _Factors) -> Run:
    high, wide = factors.high, factors.wide

    def run(maps: Tensor, *_: object, **__: object) -> Tensor:
        if factors.grows:
            cut = maps.reshape(out[0], out[1], high, wide, *maps.shape[2:])
            return cut.permute(0, 1, 4, 2, 5, 3).reshape(out)
        cut = maps.reshape(out[0], maps.shape[1], out[2], high, out[3], wide)
        return cut.permute(0, 1, 3, 5, 2, 4).reshape(out)

    return run


def _edits(node: Node, name: str, factors: _Factors) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or factors.high != factors.wide or not isinstance(call.func, ast.Attribute):
        return ()
    given = ast.unparse(call.func.value)
    return replaced_call(node, f"torch.{name}({given}, {factors.high})") if given != "torch" else ()


PROBE = Probe(
    "channels become pixels, and pixels channels, patch by patch",
    lambda look: pixels_cut(look.step),
)
