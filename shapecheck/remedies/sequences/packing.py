"""Packing of padded sequences: how they lie, how many lengths there are, and lengths beyond the steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import replaced, suffixed, with_keyword, without_keyword
from shapecheck.reading.failing import Shape, failed, kind, operand, says
from shapecheck.reading.layers.layers_made import may_leave_fewer
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.batch_first import are_samples_first, says_batch_first
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, items_of, names_in, parents, source_of, statement_of, user_sources, walk
from shapecheck.reading.steps.lengths_held import lengths_counted
from shapecheck.reading.steps.unpacked import plain_name
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.empty_sequences import held_at_one
from shapecheck.remedies.sequences.lengths import rounded_up
from shapecheck.remedies.sequences.lengths_across import counted_across
from shapecheck.remedies.sequences.lengths_folded import folded_lengths, folds_steps
from shapecheck.remedies.sequences.lengths_made import counted_of_other, one_step_more
from shapecheck.remedies.sequences.lengths_of_layers import NOT_WORKED_OUT, of_layers

_OTHERWISE_COUNTED = "nothing says that steps were cut off before, and the lengths may count something else"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for packing, and for packed sequences that say more steps than there are."""
    operation = failed(evidence)
    if operation is None:
        return []
    is_packing = operation.name.endswith("pack_padded_sequence")
    return [*(_packing(evidence, operation) if is_packing else ()), *_too_long(evidence, operation)]


def _packing(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    item, lengths = operand(operation, "input"), operand(operation, "lengths")
    if item is None or lengths is None or item.value.record is None or operation.span is None:
        return
    sizes, count = item.value.record.shape, lengths_counted(lengths)
    first = _is_true(operand(operation, "batch_first"))
    if (
        len(sizes) >= 2
        and count is not None
        and sizes[0 if first else 1] != count
        and sizes[1 if first else 0] == count
    ):
        change = with_keyword(operation.span, "batch_first", str(not first))
        if change is not None:
            step = Step("keyword", "", ("batch_first", not first))
            yield Candidate(f"batch_first={not first}", (change,), (step,), 0.0)
    if count is not None and len(sizes) >= 2 and count != sizes[0 if first else 1] and lengths.span and item.span:
        yield from counted_across(evidence, lengths.span, item.span, is_first=first, cost=-0.05)
    if says(evidence, r"sorted") or (lengths.value.kind in ("list", "tensor") and says(evidence, "enforce_sorted")):
        change = with_keyword(operation.span, "enforce_sorted", "False")
        if change is not None:
            yield Candidate("enforce_sorted=False", (change,), (Step("keyword", "", ("enforce_sorted", False)),), 0.0)
    least = lengths.value.facts.get("min")
    if (least is not None and least <= 0) or (least is None and says(evidence, r"has to be greater than 0")):
        steps = sizes[1 if first else 0] if len(sizes) >= 2 else 0
        yield from one_step_more(evidence, lengths, steps, cost=0.05)
        yield from rounded_up(evidence, lengths, steps, cost=0.1)
        yield from held_at_one(evidence, operation.span, lengths, cost=0.2)
    if says(evidence, r"CPU"):
        yield from put_behind(evidence, lengths, ".cpu()", [Step("cpu", "lengths")], cost=0.0)
    record = lengths.value.record
    if record is not None and len(record.shape) == 2 and 1 in record.shape:
        axis = record.shape.index(1)
        yield from put_behind(evidence, lengths, f".squeeze({axis})", [Step("squeeze", "lengths", (axis,))], cost=0.1)
    if record is not None and len(record.shape) == 1 and record.dtype.startswith("float"):
        yield from put_behind(evidence, lengths, ".long()", [Step("to", "lengths", ("int64",))], cost=0.3)


def _is_true(item: Argument | None) -> bool:
    return item is not None and item.value.text == "True"


def _too_long(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Lengths that count steps which the padded tensor does not have: torch notices far behind the packing."""
    if not says(evidence, r"exceeds dimension size", r"start \(\d+\) \+ length", r"shape of the mask|out of range"):
        return
    if kind(operation) in ("Embedding", "embedding"):
        # A table is asked for its rows, of which no length tells how many there are.
        return
    for source in user_sources(evidence):
        for call in source.calls("pack_padded_sequence"):
            if len(call.args) < 2:
                continue
            lengths, padded = source.span(call.args[1]), plain_name(call.args[0])
            held = held_around(evidence, source, call)
            first = says_batch_first(call)
            steps = f"{padded}.size({1 if first else 0})"
            statement = statement_of(call)
            text = f"[min(each, {steps}) for each in {lengths.text}]"
            if operation.span is not None and statement is not None:
                if are_samples_first(source) and not first:
                    # Everybody else is told of it; the layer does not ask what was packed.
                    change = with_keyword(source.span(call), "batch_first", "True")
                    if change is not None:
                        yield Candidate("batch_first=True", (change,), (), 0.01)
                    continue
                if first and _are_counted_along(held, call):
                    change = without_keyword(source.span(call), "batch_first")
                    yield from [] if change is None else [Candidate("without batch_first=True", (change,), (), 0.0)]
                yield from counted_across(evidence, lengths, source.span(call.args[0]), is_first=first, cost=0.02)
                yield from of_layers(evidence, source, lengths, padded, 1 if first else 0)
                yield from folded_lengths(source, lengths, call.args[0], cost=0.04)
                yield from counted_of_other(evidence, lengths, cost=0.05)
                yield from _clipped_where_made(source.file)
                yield from _counted_too_far(source)
                doubt = NOT_WORKED_OUT if may_leave_fewer(evidence, source) or folds_steps(source, call.args[0]) else ""
                if _are_short_enough(evidence, lengths.text, padded, 1 if first else 0):
                    continue
                if _are_of_other_count(held, call, 0 if first else 1):
                    # They are none of these sequences: cut, they would only fit.
                    continue
                is_counted_on = isinstance(call.args[1], ast.BinOp)
                doubt = doubt or (_OTHERWISE_COUNTED if is_counted_on or not _cuts_off(source) else "")
                clipped = suffixed(lengths, f".clamp(max={steps})")
                yield Candidate(f"{lengths.text}.clamp(max={steps})", (clipped,), (), 0.3, doubt)
                yield Candidate(text, (replaced(lengths, text),), (), 0.5, doubt)


def _cuts_off(source: Source) -> bool:
    """Whether a script leaves off the ends of something, which lengths that were counted before do not know of."""
    read = (each for each in walk(source.tree) if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load))
    slices = (part for each in read for part in items_of(each.slice) if isinstance(part, ast.Slice))
    return any(each.lower is None and each.upper is not None for each in slices)


def _are_short_enough(evidence: Evidence, lengths: str, padded: str, axis: int) -> bool:
    """Whether names of these words, wherever they are held, tell that no sequence has more steps than were padded."""
    for frame in evidence.frames:
        counts, sizes = frame.names.get(lengths), sizes_of(frame.names.get(padded))
        if frame.is_user and counts is not None and axis < len(sizes) and "max" in counts.facts:
            return counts.facts["max"] <= sizes[axis]
    return False


def _are_of_other_count(held: Mapping[str, Value], call: ast.Call, axis: int) -> bool:
    """Whether there are as many lengths as no sequences, as far as both are still held, or what they are of."""
    ways = ((call.args[1], 0), (call.args[0], axis))
    counts = [{sizes[at] for sizes in _shapes(held, node) if at < len(sizes)} for node, at in ways]
    return all(len(each) == 1 for each in counts) and counts[0] != counts[1]


def _are_counted_along(held: Mapping[str, Value], call: ast.Call) -> bool:
    """Whether what is packed has one length for each item of its second axis, and not of its first."""
    counts = {sizes[0] for sizes in _shapes(held, call.args[1]) if len(sizes) == 1}
    ends = {sizes[:2] for sizes in _shapes(held, call.args[0]) if len(sizes) > 1}
    return len(counts) == len(ends) == 1 and all(steps in counts and steps != rows for rows, steps in ends)


def _shapes(held: Mapping[str, Value], node: ast.expr) -> list[Shape]:
    """The shapes that the names of an expression have."""
    return [sizes_of(held[name]) for name in names_in(node) & held.keys()]


def _clipped_where_made(file: str) -> Iterator[Candidate]:
    """The lengths cut where the sequences were: ``r[:MAX]`` beside ``len(r)``."""
    source = source_of(file)
    if source is None:
        return
    cuts = {ast.unparse(each.slice.upper) for each in walk(source.tree) if _is_cut(each)}  # type: ignore[attr-defined]
    for call in source.calls("len"):
        within = next((up for up in parents(call) if isinstance(up, ast.ListComp | ast.GeneratorExp)), None)
        if within is None or within.elt is not call:
            continue
        for cut in sorted(cuts):
            span = source.span(call)
            yield Candidate(f"min({span.text}, {cut})", (replaced(span, f"min({span.text}, {cut})"),), (), 0.1)


def _counted_too_far(source: Source) -> Iterator[Candidate]:
    """Lengths without the number that is added to each: ``[len(x) + 1 for x in rows]``."""
    for call in source.calls("len"):
        more = getattr(call, "parent", None)
        within = next((up for up in parents(call) if isinstance(up, ast.ListComp | ast.GeneratorExp)), None)
        if within is None or within.elt is not more or not isinstance(more, ast.BinOp):
            continue
        if isinstance(more.op, ast.Add) and isinstance(more.right, ast.Constant):
            text = source.span(call).text
            yield Candidate(text, (replaced(source.span(more), text),), (), 0.1)


def _is_cut(node: ast.AST) -> bool:
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
        return False
    upper = node.slice.upper
    return node.slice.lower is None and (
        isinstance(upper, ast.Name | ast.Attribute) or (isinstance(upper, ast.Constant) and type(upper.value) is int)
    )
