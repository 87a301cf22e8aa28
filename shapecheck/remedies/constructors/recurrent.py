"""Recurrent layers: the axes and the width of their input."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.only_handed_on import is_left_by_round
from shapecheck.reading.recurrent.laid_before import is_laid_as_before, turned_round
from shapecheck.reading.recurrent.layouts_meant import layout_is_meant
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import found_at, function_at
from shapecheck.reading.steps.cuts_windows import COUNTS_STEPS, cuts_windows
from shapecheck.reading.steps.rounds_counted import rounds_of
from shapecheck.reading.turned_before import turned_once
from shapecheck.reading.where_made import made
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.constructors.exchanged import LAYER_LACKS
from shapecheck.remedies.constructors.noise import drawn_as_wide
from shapecheck.remedies.moves import put_behind, setting_of_layer
from shapecheck.remedies.widths.multiples import multiple

_OF_OTHER_ROUNDS = "the loop that counts by it is not known to go along this axis"
_MEANT = "what the layer is told, or the script does with what it gives, says that it takes the axes as they are meant"
BEFORE = "the layer was given all three axes before, and would then be given one too many"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a recurrent layer or cell that refused its input."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    if operation is None:
        return []
    return [*_of_input(evidence, operation), *_of_layout(evidence, operation)]


def _of_input(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    item = operand(operation, "input")
    if item is None or item.value.record is None:
        return
    want = number(operation, "input_size")
    if item.value.record.packing is not None:
        if item.value.record.shape[-1] != want:
            yield from constructor_argument(evidence, operation, "input_size", item.value.record.shape[-1], cost=1.0)
        return
    sizes = item.value.record.shape
    batch_first = bool(operation.config.get("batch_first"))
    if sizes and sizes[-1] != want:
        yield from drawn_as_wide(evidence, operation, item, "input_size", cost=0.1)
        if want == 1:
            yield from put_behind(evidence, item, ".unsqueeze(-1)", [Step("unsqueeze", "input", (-1,))], cost=0.2)
        # An axis of one that stands last is that of the one feature: turned, it would be a single step.
        is_one_feature = len(sizes) == 3 and sizes[-1] == 1
        if len(sizes) == 3 and want in sizes[:2] and not is_one_feature:
            order = _order(sizes, want, batch_first)
            if sorted(order) == [0, 1, 2] and order in ((0, 2, 1), (2, 1, 0)):
                left, right = (1, 2) if order == (0, 2, 1) else (0, 2)
                step = Step("transpose", "input", (left, right))
                told = told_for(maker(evidence, operation), "input_size")
                doubt = COUNTS_STEPS if cuts_windows(evidence, told) else ""
                for each in put_behind(evidence, item, f".transpose({left}, {right})", [step], cost=0.3):
                    yield each.doubted(doubt)
            else:
                yield from put_behind(evidence, item, f".permute{order}", [Step("permute", "input", order)], cost=0.3)
        for cut in range(1, len(sizes) - 1):
            if prod(sizes[cut:]) == want and not is_one_feature:
                yield from put_behind(evidence, item, f".flatten({cut})", [Step("flatten", "input", (cut,))], cost=0.4)
        doubt = "" if is_one_feature else _doubt_of_width(sizes, want)
        if not doubt and operation.config.get("hidden_size") == sizes[-1] and _is_told_by_setting(evidence, operation):
            doubt = LAYER_LACKS
        cost, text = 0.9 if doubt else 0.4, multiple(evidence, operation, "input_size", sizes[-1])
        for each in constructor_argument(evidence, operation, "input_size", sizes[-1], cost=cost, text=text):
            yield each.doubted(doubt)
        if len(sizes) == 2 and want > 1 and sizes[-1] % want == 0 and sizes[-1] > want and item.span is not None:
            # Steps that lie side by side in one row.
            step = Step("reshape", "input", (sizes[0], -1, want))
            yield from put_behind(evidence, item, f".reshape({asked(item, 0)}, -1, {want})", [step], cost=0.15)
    if len(sizes) == 3 and not operation.config.get("num_layers"):
        yield from _one_step(evidence, item)
    if len(sizes) == 1 and operation.config.get("num_layers") and sizes[0] == want:
        states = [found for role in STATES if (found := shape(operation, role))]
        if not states or len(states[0]) == 3:
            step = Step("reshape", "input", (1, 1, -1))
            yield from put_behind(evidence, item, ".view(1, 1, -1)", [step], cost=0.1)
        yield from put_behind(evidence, item, ".unsqueeze(0)", [Step("unsqueeze", "input", (0,))], cost=0.3)
    if len(sizes) == 4 and operation.config.get("num_layers"):
        yield from _four_axes(evidence, item, sizes, want, batch_first)
    if len(sizes) == 2 and operation.config.get("num_layers") and sizes[-1] == want:
        batch_axis = 0 if batch_first else 1
        time_axis = 1 - batch_axis
        states = [found for role in STATES if (found := shape(operation, role))]
        kept = states[0][1] if states and len(states[0]) == 3 else None
        before = {len(each.shape) for call in evidence.earlier for each in call.inputs if each.role == "input"}
        # What a round has left for the next one is made elsewhere than what the layer was given before.
        is_of_all = before == {3} and not is_left_by_round(evidence, item)
        for axis in (time_axis, batch_axis) if kept == sizes[0] else (batch_axis, time_axis):
            step = Step("unsqueeze", "input", (axis,))
            for each in put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.4 if kept else 1.5):
                # What another function made is given to the layer by nobody else.
                is_here = all(function_at(way.span) is function_at(operation.span or way.span) for way in each.changes)
                yield replace(each, doubt=BEFORE) if is_of_all and is_here else each


def _one_step(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """One step of the sequence for a cell: by the number of the loop around it."""
    (source, node), sizes = found_at(item.span), sizes_of(item)
    for name, held in evidence.held.items():
        if held.kind == "number" and held.text.isdecimal() and len(name) < 6 and name[:1] != "_":
            at, rounds = int(held.text), rounds_of(evidence, source, node, name) if source and node else None
            for axis, index, cost in ((1, (":", at), 0.3), (0, (at,), 0.5)):
                doubt = "" if rounds == sizes[axis] else _OF_OTHER_ROUNDS
                text = f"[:, {name}]" if axis else f"[{name}]"
                for each in put_behind(evidence, item, text, [Step("item", item.role, index)], cost=cost):
                    yield each.doubted(doubt)


def _is_told_by_setting(evidence: Evidence, operation: Operation) -> bool:
    """Whether the width of the input is a setting: ``cfg.width``."""
    origin = maker(evidence, operation)
    given = told_for(origin, "input_size")
    node = expression(given.text) if given is not None else None
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) != "self"


def _doubt_of_width(sizes: tuple[int, ...], want: int) -> str:
    """What a layer of the width that came would read, where the axes are more likely wrong than the layer."""
    if len(sizes) == 2 and want == 1:
        return f"the {sizes[0]} rows are then the steps of one sequence"
    if len(sizes) == 3 and want > 1 and want in sizes[:2]:
        return f"the last axis is then read as the features, and the axis of {want} is not"
    return ""


def _order(sizes: tuple[int, ...], want: int, batch_first: bool) -> tuple[int, ...]:
    """Where the axes go so that the features stand last: from (N, C, L), as convolutions write it, or (C, ...)."""
    features = 1 if sizes[1] == want else 0
    others = [axis for axis in range(3) if axis != features]
    # A convolution gives (batch, features, steps).
    batch, steps = (others[0], others[1]) if features == 1 else (others[1], others[0])
    return (batch, steps, features) if batch_first else (steps, batch, features)


def _four_axes(
    evidence: Evidence, item: Argument, sizes: tuple[int, ...], want: int, batch_first: bool
) -> Iterator[Candidate]:
    for axis, size in enumerate(sizes):
        if size != 1:
            continue
        left = without_axis(sizes, axis)
        squeeze = Step("squeeze", "input", (axis,))
        yield from put_behind(evidence, item, f".squeeze({axis})", [squeeze], cost=0.2)
        if left[-1] != want and want in left[:2]:
            order = _order(left, want, batch_first)
            steps = [squeeze, Step("permute", "input", order)]
            yield from put_behind(evidence, item, f".squeeze({axis}).permute{order}", steps, cost=0.5)
    if sizes[2] * sizes[3] == want:
        yield from put_behind(evidence, item, ".flatten(2)", [Step("flatten", "input", (2,))], cost=0.3)
    # From a convolution (batch, channels, height, width): width is time, channels and height are the features.
    if sizes[1] * sizes[2] == want:
        order = (0, 3, 1, 2) if batch_first else (3, 0, 1, 2)
        steps = [Step("permute", "input", order), Step("flatten", "input", (2,))]
        yield from put_behind(evidence, item, f".permute{order}.flatten(2)", steps, cost=0.4)
    if sizes[1] * sizes[3] == want:
        order = (0, 2, 1, 3) if batch_first else (2, 0, 1, 3)
        steps = [Step("permute", "input", order), Step("flatten", "input", (2,))]
        yield from put_behind(evidence, item, f".permute{order}.flatten(2)", steps, cost=0.5)
    if sizes[3] == want:
        yield from put_behind(evidence, item, ".flatten(0, 1)", [Step("flatten", "input", (0, 1))], cost=1.2)


def _of_layout(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """batch_first missing or set where the state, whose batch is known, says the other."""
    sizes, state = shape(operation, "input"), shape(operation, *STATES)
    if sizes is None or state is None or len(sizes) != 3 or len(state) != 3 or sizes[0] == sizes[1]:
        return
    batch_first = bool(operation.config.get("batch_first"))
    is_refuted = is_laid_as_before(evidence) or turned_round(evidence) is not None
    if state[1] == sizes[1 if batch_first else 0] and not is_refuted:
        meant = layout_is_meant(evidence, operation)
        cost = 0.2 if meant is None else 0.6 if meant else 0.02
        for each in setting_of_layer(evidence, operation, "batch_first", not batch_first, cost=cost):
            yield each.doubted(_MEANT if meant else "")
        item = operand(operation, "input")
        if item is not None:
            step = Step("transpose", "input", (0, 1))
            ways = put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.9)
            # A layer that is told so takes the data as they came: it is the script that has turned them beforehand.
            near = made(evidence, item)[:1] if batch_first else ()
            once = {turned_once(each.span.text, ".transpose(0, 1)") for each in near}
            yield from (replace(way, cost=0.25) if way.changes[0].text in once else way for way in ways)
