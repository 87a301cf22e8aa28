"""The states of recurrent layers and cells: their axes, layers, batch and width, and where they come from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import call_of, expression, piece, replaced, suffixed
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, failed, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.laid_before import LIES_OTHERWISE, turned_round
from shapecheck.reading.recurrent.merged_directions import merged_directions
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.recurrent.state_givers import giver_of, is_of_both_directions, layers_in_state, layers_told
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sizes.widths_read import width_of_reader
from shapecheck.reading.sources import function_at, user_sources
from shapecheck.reading.thrown_away import THROWN_AWAY, throws_away
from shapecheck.reading.where_made import made, made_for_each, made_or_written
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.constructors.given_beside import given_beside
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.callers import another_argument
from shapecheck.remedies.names.written_sizes import sizes_reordered
from shapecheck.remedies.recurrent_states.cut_states import CUT, is_cut, uncut
from shapecheck.remedies.recurrent_states.directions import doubt_of_states, joined_otherwise, of_layer
from shapecheck.remedies.recurrent_states.pairs import of_one_state
from shapecheck.remedies.recurrent_states.sizes_of_states import other_sizes
from shapecheck.remedies.recurrent_states.state_makers import layers_of_maker, layers_of_taker, width_of_maker
from shapecheck.remedies.recurrent_states.state_of_cells import both_states, of_cell
from shapecheck.remedies.recurrent_states.state_of_other_loop import OF_OTHER_SAMPLES, is_left_elsewhere
from shapecheck.remedies.recurrent_states.states import pair_indexed
from shapecheck.remedies.samples.batches import drop_last


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a recurrent layer or cell that refused its state."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    return list(_of_states(evidence, operation)) if operation is not None else []


def _of_states(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    yield from pair_indexed(evidence)
    yield from _of_caller(evidence, operation)
    whole = operand(operation, "(h_0, c_0)")
    if whole is not None:
        yield from of_one_state(evidence, operation, whole)
    given = operand(operation, "h_0", "hx")
    if given is not None and given.value.kind in ("tuple", "list") and given.value.items:
        yield from put_behind(evidence, given, "[0]", [Step("item", given.role, (0,))], cost=0.1)
    if operation.config.get("num_layers") is None:
        yield from of_cell(evidence, operation)
        return
    wrong = [item for role in STATES if (item := operand(operation, role)) and not _fits(operation, item)]
    if not wrong:
        return
    yield from of_layer(evidence, operation, wrong)
    ways: list[list[Candidate]] = [list(_of_state(evidence, operation, item)) for item in wrong]
    doubt = LIES_OTHERWISE if turned_round(evidence) is not None else doubt_of_states(evidence, operation, wrong)
    if len(wrong) == 2:
        yield from _as_the_first(evidence, wrong, ways[0])
    for way in (both_states(ways[0], ways[1]) if len(ways) == 2 else (), *ways):
        yield from (each.doubted(doubt) for each in way)
    yield from _another_value(evidence, operation, wrong)


def _of_caller(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A state that is another variable of the function that called."""
    item = operand(operation, "(h_0, c_0)", "h_0", "hx")
    if item is None or operation.config.get("num_layers") is None:
        return
    wanted = state_sizes(operation, "h_0")

    def fits(held: Value) -> bool:
        if operation.name.endswith("LSTM"):
            return held.kind == "tuple" and len(held.items) == 2 and all(map(one, held.items))
        return one(held)

    def one(held: Value) -> bool:
        return held.kind == "tensor" and held.record is not None and held.record.shape == wanted

    yield from another_argument(evidence, item.value, fits, cost=0.06)


def _fits(operation: Operation, item: Argument) -> bool:
    layers, batch, width = state_sizes(operation, item.role)
    record = item.value.record
    if record is None:
        return item.value.kind not in ("tuple", "list")
    sizes = record.shape
    if len(sizes) == 2:
        return shape(operation, "input") is not None and len(shape(operation, "input") or ()) == 2
    return len(sizes) == 3 and sizes[0] == layers and sizes[2] == width and (batch is None or sizes[1] == batch)


def _of_state(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    layers, batch, width = state_sizes(operation, item.role)
    record = item.value.record
    if record is None:
        return
    sizes, role = record.shape, item.role
    wanted = (layers, batch, width)
    whole = item.span is not None and not _is_own(operation, item)
    behind = put_behind if not whole else _inside_tuple
    if len(sizes) == 3 and batch is not None and sizes != wanted and sorted(sizes) == sorted((layers, batch, width)):
        order = _permutation(sizes, (layers, batch, width))
        yield from sizes_reordered(evidence, item, order, [Step("permute", role, order)], cost=0.1)
        if order == (1, 0, 2):
            step = Step("transpose", role, (0, 1))
            yield from behind(evidence, item, ".transpose(0, 1).contiguous()", [step], cost=0.4)
        else:
            yield from behind(evidence, item, f".permute{order}.contiguous()", [Step("permute", role, order)], cost=0.4)
        return
    if len(sizes) == 2 and sizes[1] == width:
        steps = [Step("unsqueeze", role, (0,))]
        if layers == 1:
            yield from behind(evidence, item, ".unsqueeze(0)", steps, cost=0.1, prefer="origin")
        else:
            steps.append(Step("repeat", role, (layers, 1, 1)))
            yield from behind(evidence, item, f".unsqueeze(0).repeat({layers}, 1, 1)", steps, cost=0.3)
    if len(sizes) == 4:
        for axis, size in enumerate(sizes):
            if size == 1:
                yield from behind(evidence, item, f".squeeze({axis})", [Step("squeeze", role, (axis,))], cost=0.2)
    if len(sizes) != 3:
        return
    yield from other_sizes(evidence, operation, item, sizes, (layers, batch, width))
    yield from joined_otherwise(evidence, item, (layers, batch or 0, width), cost=0.05)
    if sizes == (2 * layers, batch, width // 2) and width % 2 == 0:
        yield from _directions_joined(evidence, operation, item, (layers, width))
    if sizes[0] > layers and sizes[1:] == (batch, width):
        doubt = _DIRECTIONS if sizes[0] == 2 * layers and _of_both_directions(evidence) else ""
        doubt = doubt or (_AS_MANY if _asks_for_layers(evidence, operation) else "")
        ways = [*behind(evidence, item, f"[-{layers}:]", [Step("item", role, (f"-{layers}:",))], cost=0.4)]
        if sizes[0] == 2 * layers:
            # The two directions of each layer of an encoder become one state of the decoder.
            ways += behind(evidence, item, f"[:{layers}]", [Step("item", role, (f":{layers}",))], cost=0.8)
        if doubt == _DIRECTIONS:
            giver = giver_of(evidence, operation, item)
            merged = merged_directions(evidence, giver.span if giver is not None else None)
            to_one = merged or "sum"
            text = f".{to_one}(0, keepdim=True)" if layers == 1 else f".unflatten(0, (-1, 2)).{to_one}(1)"
            steps = [Step("set_size", role, (layers, batch or 1, width))]
            added = behind(evidence, item, text, steps, cost=0.3, prefer="origin")
            # Who adds the two directions of the steps, or takes their mean, does so with those of the state; of several
            # layers many take the first rows, as many as there are layers.
            yield from (replace(each, doubt="" if merged and layers == 1 else doubt) for each in added)
        yield from (replace(way, doubt=doubt) for way in ways)
    taker = maker(evidence, operation) if sizes[1:] == (batch, width) and sizes[0] != layers else None
    ours = layers_told(evidence, operation) if taker is not None else None
    if ours is not None:
        doubt = _A_PART if sizes[0] > layers else ""
        yield from given_beside(evidence, ours, sizes[0], (), cost=0.05, layers=RECURRENT, doubt=doubt)
    giver = giver_of(evidence, operation, item)
    two = is_of_both_directions(giver) if giver is not None else _of_both_directions(evidence)
    # One row a layer is left where the two directions were put together already.
    two = two and (giver is None or layers_in_state(evidence, giver) != sizes[0])
    if sizes[0] != layers and sizes[1:] == (batch, width) and not two:
        makers = list(layers_of_maker(evidence, operation, item, cost=0.05 if sizes[0] < layers else 0.9))
        yield from makers
        if sizes[0] < layers and not operation.config.get("bidirectional"):
            is_told = any(not each.doubt for each in makers)
            yield from layers_of_taker(evidence, operation, item, sizes[0], cost=0.3 if is_told else 0.0)
    if sizes[0] < layers and sizes[1:] == (batch, width):
        yield from uncut(evidence, item, layers, cost=0.02)
    if sizes[0] < layers and sizes[0] == 1 and sizes[1:] == (batch, width):
        step = Step("repeat", role, (layers, 1, 1))
        # What a layer gave may have been meant to be more than the one state that came.
        doubt = CUT if is_cut(evidence, item) else _OF_ITS_OWN if giver is not None or two else ""
        for way in behind(evidence, item, f".repeat({layers}, 1, 1)", [step], cost=0.6):
            yield replace(way, doubt=doubt)
    if batch is not None and sizes[1] != batch and sizes[0] == layers and sizes[2] == width:
        if sizes[1] == 1:
            rows = _batch_text(operation) or str(batch)
            step = Step("expand", role, (-1, batch, -1))
            for way in behind(evidence, item, f".expand(-1, {rows}, -1).contiguous()", [step], cost=0.12):
                yield _of_this_call(evidence, item, way, batch)
        yield from drop_last(evidence, cost=0.35, full=max(sizes[1], batch))
        if sizes[1] > batch:
            step = Step("item", role, (":", f":{batch}"))
            text = f"[:, :{_batch_text(operation) or batch}].contiguous()"
            doubt = OF_OTHER_SAMPLES if is_left_elsewhere(evidence, sizes[1]) else ""
            yield from (replace(each, doubt=doubt) for each in behind(evidence, item, text, [step], cost=0.5))
    if sizes[:2] == (layers, batch) and sizes[2] != width and not number(operation, "proj_size"):
        yield from width_of_maker(evidence, operation, item, width, cost=0.4)
        text = width_of_reader(evidence, operation, sizes[2])
        cost = 0.1 if text else 0.9
        yield from constructor_argument(evidence, operation, "hidden_size", sizes[2], cost=cost, text=text)


_DIRECTIONS = "the two directions may be added, averaged or joined, or one of them taken"


# What a state is called: a word of the name, not the beginning of one (`h_enc`, `enc_hid1`; not `counts`).
_STATE = re.compile(
    r"(?:^|_|\.)(?:[hc](?:[x0n]|prev|last)?|hid|hiddens?|states?|memory|carry|init|initial|start|begin)(?![a-z])", re.I
)
_BY_CHANCE = "it may have the shape of a state by chance"
_A_PART = "the layer may be meant to take a part of the state"
_AS_MANY = "the layer may have been meant to have as many layers as the state has"
_OF_ITS_OWN = "each layer may have a state of its own in what this one was made of"


def _asks_for_layers(evidence: Evidence, operation: Operation) -> bool:
    """Whether who makes the layer is asked how many layers it is to have."""
    origin = maker(evidence, operation)
    given = told_for(origin, "num_layers")
    return given is not None and given.text.isidentifier()


def _of_both_directions(evidence: Evidence) -> bool:
    """Whether the script has a recurrent layer of both directions."""
    calls = (call for source in user_sources(evidence) for call in source.calls(*RECURRENT))
    return any(
        each.arg == "bidirectional" and getattr(each.value, "value", True) is not False
        for call in calls
        for each in call.keywords
    )


def _directions_joined(
    evidence: Evidence, operation: Operation, item: Argument, wanted: tuple[int, int]
) -> Iterator[Candidate]:
    """The two directions of each layer of an encoder side by side: half as many states of twice the width."""
    batch = (state_sizes(operation, item.role)[1] or 1,)
    trial = (Step("set_size", item.role, (wanted[0], *batch, wanted[1])),)
    if item.span is None:
        return
    if not _is_own(operation, item):
        both = tuple(Step("set_size", role, trial[0].arguments) for role in ("h_0", "c_0"))
        for far, place in enumerate(_places_of_pair(evidence, item)):
            text = f"tuple(torch.cat([each[0::2], each[1::2]], dim=-1) for each in {place.text})"
            yield Candidate(text, (Change(place, text),), both, 0.1 + 0.02 * far)
        return
    made = (found for found in trace(evidence, item.span, parts=True) if found.is_whole or "(" not in found.span.text)
    for far, span in enumerate((*(found.span for found in made), item.span)):
        if not re.fullmatch(r"[\w.]+(\([\w., ]*\))?", span.text):
            continue
        text = f"torch.cat([{span.text}[0::2], {span.text}[1::2]], dim=-1)"
        if "(" in span.text:
            # What a call returns must not be asked for twice.
            text = f"{span.text}.unflatten(0, (-1, 2)).transpose(1, 2).flatten(2)"
        yield Candidate(text, (Change(span, text),), trial, 0.1 + 0.02 * far)
        if far:
            return


def _batch_text(operation: Operation) -> str:
    """How to write the batch size of the call's input: ``x.size(0)``."""
    item = operand(operation, "input")
    if item is None or item.span is None or item.value.kind != "tensor" or "(" in item.span.text:
        return ""
    return f"{item.span.text}.size({0 if operation.config.get('batch_first') else 1})"


def _of_this_call(evidence: Evidence, item: Argument, way: Candidate, batch: int) -> Candidate:
    """The change with the number of samples that this call was given, where a function writes it for all its calls."""
    if item.span is None or [each.span for each in way.changes] != [item.span] or function_at(item.span) is None:
        return way
    asked = next((text for text in size_texts(evidence, item.span, batch) if text.endswith(".size(0)")), "")
    text = way.changes[0].text.replace(f"expand(-1, {batch}, -1)", f"expand(-1, {asked or batch}, -1)")
    return replace(way, title=text, changes=(Change(item.span, text),))


def _permutation(have: tuple[int, ...], want: tuple[int, ...]) -> tuple[int, ...]:
    left = list(enumerate(have))
    order = []
    for size in want:
        at = next(place for place, (_, each) in enumerate(left) if each == size)
        order.append(left.pop(at)[0])
    return tuple(order)


def _is_own(operation: Operation, item: Argument) -> bool:
    """Whether the operand has a text of its own, not that of a tuple that it stands in."""
    return not any(other is not item and other.span == item.span for other in operation.arguments)


def _inside_tuple(
    evidence: Evidence, item: Argument, suffix: str, steps: list[Step], *, cost: float = 0.0, prefer: str = "use"
) -> list[Candidate]:
    """The same for a state inside a tuple that has one name: where the tuple was written, or by a comprehension."""
    assert item.span is not None
    trial = tuple(Step(step.action, role, step.arguments) for role in ("h_0", "c_0") for step in steps)
    found = []
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        each = made_for_each(node)
        pair = each if each is not None else node
        if each is not None and not isinstance(each, ast.Tuple):
            part = piece(origin.span, each)
            change = _in_front(part, suffix) or suffixed(part, suffix)
            found.append(Candidate(change.text, (change,), trial, cost + 0.02))
        if isinstance(pair, ast.Tuple):
            parts = [piece(origin.span, part) for part in pair.elts]
            changes = tuple(_in_front(part, suffix) or suffixed(part, suffix) for part in parts)
            found.append(Candidate(f"({', '.join(each.text for each in changes)})", changes, trial, cost))
    for far, place in enumerate(_places_of_pair(evidence, item)):
        text = f"tuple(each{suffix} for each in {place.text})"
        # The name of an input is known where the pair is used.
        if place == item.span or ".size(" not in suffix:
            found.append(Candidate(text, (replaced(place, text),), trial, cost + 0.6 + 0.2 * far))
    return found


def _places_of_pair(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """Where both states of a pair that has one name can be changed: where it is used, and where that name comes from.

    What the next round of a loop hands on is another pair, which is right.
    """
    assert item.span is not None
    origins = [each.span for each in made(evidence, item) if each.span.text.isidentifier()][:1]
    yield from (*origins, item.span) if is_carried_round(evidence, item) else (item.span, *origins)


def _in_front(part: Span, suffix: str) -> Change | None:
    """The suffix before a ``.contiguous()`` that ends the text, so that the result stays contiguous."""
    end = ".contiguous()"
    text = f"{part.text.removesuffix(end)}{suffix.removesuffix(end)}{end}"
    return Change(part, text) if part.text.endswith(end) else None


def _as_the_first(evidence: Evidence, wrong: list[Argument], ways: list[Candidate]) -> Iterator[Candidate]:
    """What mends the first state where it is made, for the second one is made in its image: ``zeros_like(h)``."""
    first, second = wrong
    images = [call_of(origin.span) for origin in made_or_written(evidence, second)]
    name = first.expression
    given = [part for call in images if call is not None for part in ast.walk(call) if isinstance(part, ast.Call)]
    if not any(call.args and ast.unparse(call.args[0]) == name for call in given):
        return
    for way in ways:
        if first.span is not None and not any(first.span.holds(change.span) for change in way.changes):
            other = tuple(replace(step, role=second.role) for step in way.trial if step.role == first.role)
            yield replace(way, trial=(*way.trial, *other), cost=way.cost - 0.1)


def _another_value(evidence: Evidence, operation: Operation, wrong: list[Argument]) -> Iterator[Candidate]:
    """Another variable of the function that has the very shape that is wanted."""
    frame = evidence.user_frame
    if frame is None:
        return
    given_too = {each.expression for each in operation.arguments}
    for item in wrong:
        layers, batch, width = state_sizes(operation, item.role)
        if item.span is None or batch is None:
            continue
        for name, held in frame.names.items():
            record = held.record
            if record is None or name in {*given_too, "_"} or record.shape != (layers, batch, width):
                continue
            # What has the state's width was only given in another form; what has not is another thing altogether.
            given = sizes_of(item)
            cost, doubt = (
                (0.9, _BY_CHANCE) if given[-1:] == (width,) else (0.05, "" if _STATE.search(name) else _BY_CHANCE)
            )
            doubt = doubt or (THROWN_AWAY if throws_away(item.span, name) else "")
            step = Step("stand_in", item.role, record.shape)
            yield Candidate(name, (replaced(item.span, name),), (step,), cost, doubt)
