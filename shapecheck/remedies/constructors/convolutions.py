"""A convolution: the channels of what it reads and the axes around them, and how many it was told."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.failing import CONVOLUTIONS, failed, kind, number
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.layers.proportions import doubt_of_proportion
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.joined_widths import width_of_giver
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.data_sets import in_data_set

MANY_FOR_ONE = "what lies along the second axis may be channels of one sample, of which one is to be made"
_TWO_SIDES = "the two channels may be the sides of one sound, whose mean a layer of a single channel reads"
_TURNED = "another axis is as long as there are channels: it may hold them"
_ONE_PLACE = "a kernel of several places would be given a single one: the numbers may be a map, or meant for a Linear"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a convolution that refused its input."""
    operation = failed(evidence, *CONVOLUTIONS)
    item = input_of(evidence, operation)
    return list(_ways(evidence, operation, item)) if operation is not None and item is not None else []


def _ways(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    sizes, want = sizes_of(item), number(operation, "in_channels")
    axes = int(kind(operation)[-2])
    full = axes + 2
    if len(sizes) == full and sizes[1] != want:
        if want in sizes[2:]:
            axis = len(sizes) - 1 if sizes[-1] == want else 2 + sizes[2:].index(want)
            if full == 3:
                step = Step("transpose", item.role, (1, 2))
                yield from put_behind(evidence, item, ".transpose(1, 2)", [step], cost=0.1)
            else:
                rest = [each for each in range(1, full) if each != axis]
                order = (0, axis, *rest)
                turned, step = tuple(each - 1 for each in order[1:]), Step("permute", item.role, order)
                for far, method in enumerate(("permute", "transpose")):
                    # A sample may still be an array, which numpy turns by another name.
                    text, more = f".{method}{turned}", 0.005 * far
                    yield from in_data_set(evidence, item, text, [step], cost=0.05 + more)
                yield from put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=0.1)
        if sizes[0] == want and sizes[1] != want:
            step = Step("transpose", item.role, (0, 1))
            for each in put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.6):
                yield each.doubted(MANY_FOR_ONE if want == 1 else "")
        # A sound of two sides is mixed to one as often as a layer is made for both.
        is_sound = full == 3 and (want, sizes[1]) == (1, 2)
        text = width_of_giver(evidence, operation, item, "in_channels", sizes[1])
        for each in constructor_argument(evidence, operation, "in_channels", sizes[1], cost=0.5, text=text):
            is_turned = want > 1 and (want in sizes[2:] or _is_viewed(evidence, item, want, sizes[1]))
            doubt = _TWO_SIDES if is_sound else _TURNED if is_turned else ""
            yield each.doubted(doubt or next(filter(None, map(doubt_of_proportion, each.changes)), ""))
    if len(sizes) in (full - 1, full - 2) and want == 1:
        step = Step("unsqueeze", item.role, (1,))
        yield from in_data_set(evidence, item, ".unsqueeze(0)", [step], cost=0.05)
        yield from put_behind(evidence, item, ".unsqueeze(1)", [step], cost=0.1)
    if len(sizes) == full - 1 and sizes[0] != want:
        yield from put_behind(evidence, item, ".unsqueeze(1)", [Step("unsqueeze", item.role, (1,))], cost=0.4)
        yield from constructor_argument(evidence, operation, "in_channels", sizes[0], cost=1.5)
    if len(sizes) == 2 and sizes[1] == want:
        # Numbers of a sample that a map is made of: each is a channel, at a single place. Or the steps of one sample.
        steps = [Step("unsqueeze", item.role, (-1,))] * axes
        sees = operation.config.get("kernel_size")
        is_sure = axes > 1 and ("Transpose" in operation.name or sees in (None, 1, (1,) * axes))
        for each in put_behind(evidence, item, f"[:, :{', None' * axes}]", steps, cost=0.1):
            yield each.doubted("" if is_sure else _ONE_PLACE)
    if len(sizes) == full + 1:
        for axis, size in enumerate(sizes):
            if size == 1:
                step = Step("squeeze", item.role, (axis,))
                yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.3)


def _is_viewed(evidence: Evidence, item: Argument, want: int, have: int) -> bool:
    """Whether the input is a view of a tensor with more axes, one of which is as long as there are channels."""
    sizes = sizes_of(item)
    shapes = (sizes_of(held) for frame in evidence.user_frames for held in frame.names.values())
    views = (each for each in shapes if len(each) > len(sizes) and prod(each) == prod(sizes))
    return any({want, have} <= {*each[1:]} for each in views)
