"""Another number of rows on the two sides of a loss: padding that was dropped, steps for sequences, fixed batches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.applied import given_as, is_of_torch
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.recurrent.whole_states import ONE_DIRECTION, flat_states, may_have_both_directions
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import Source, function_around, last_name, names_in, source_of, user_sources, walk
from shapecheck.reading.steps.unpacked import plain_name
from shapecheck.reading.steps.walked_steps import ONE_OF_MANY, walks
from shapecheck.reading.vocabulary import FILLED, LIBRARIES
from shapecheck.reading.ways_back import ways_through_reshapes
from shapecheck.reading.where_made import made, made_or_written
from shapecheck.remedies.names.handed_size import handed_size
from shapecheck.remedies.recurrent_states.states import pair_indexed, repeated_without_axis, whole_state
from shapecheck.remedies.reductions.squeezes import named_squeeze
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.samples.windows import shifted_windows
from shapecheck.remedies.targets.last_left_out import left_out
from shapecheck.remedies.targets.next_targets import next_steps

_SEVERAL_ROWS = "what was predicted may have several rows of each sample, of which it should have one"


def of_lengths(evidence: Evidence, given: Argument, target: Argument) -> Iterator[Candidate]:
    """Another number of samples or steps on the two sides: padding that was dropped, a batch size that was assumed."""
    yield from total_length(evidence, cost=0.1)
    yield from _sizes_of_this_batch(evidence, given, target, cost=0.15)
    yield from _made_for_full_batch(evidence, given, target, cost=0.05)
    yield from _repeated_too_often(evidence, given, target, cost=0.1)
    yield from _one_row_a_step(evidence, given, target, cost=0.3)
    yield from _wider_output(evidence, given, target, cost=0.3)
    yield from drop_last(evidence, cost=0.08 if _is_of_full_batch(evidence, target, given) else 0.8)
    yield from named_squeeze(evidence, cost=0.3)
    yield from pair_indexed(evidence)
    left, right = sizes_of(given), sizes_of(target)
    if len(left) == 3 and left[1:2] == right[:1]:
        # Layers stand in front of the samples.
        yield from whole_state(evidence)
    yield from repeated_without_axis(evidence)
    yield from layouts(evidence, cost=0.35)
    yield from _same_step(given, target, cost=0.15)
    yield from _rows_of_width(evidence, given, cost=0.2)
    yield from left_out(evidence, given, target, cost=0.12)
    yield from shifted_windows(evidence, cost=0.05)
    yield from next_steps(evidence, given, target, cost=0.11)


def _is_of_full_batch(evidence: Evidence, made_once: Argument, given: Argument) -> bool:
    """Whether a target was made for as many samples as a loader gives, and its last batch has fewer."""
    left, right = given.value.record, made_once.value.record
    if left is None or right is None or not left.shape or not right.shape or left.shape[0] >= right.shape[0]:
        return False
    rows = [sizes[0].text for each in made_or_written(evidence, made_once) if (sizes := written_sizes(each.span))]
    given_rows = [
        ast.unparse(each.value)
        for source in user_sources(evidence)
        for call in source.calls("DataLoader")
        for each in call.keywords
        if each.arg == "batch_size"
    ]
    return any(text in given_rows for text in rows)


def _one_row_a_step(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """A reshape that made a row of every step, or of parts of a sample, where one row a sample was wanted."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape or not right.shape or not right.shape[0]:
        return
    if left.shape[0] <= right.shape[0] or left.shape[0] % right.shape[0]:
        return
    doubt = "" if walks(evidence) else ONE_OF_MANY
    for source in user_sources(evidence):
        first, states = any("batch_first=True" in line for line in source.lines), list(flat_states(source))
        for call in source.calls("view", "reshape", "flatten"):
            if not isinstance(call.func, ast.Attribute) or not call.args:
                continue
            text = ast.unparse(call.args[0])
            if text != "-1" and not (call.func.attr == "flatten" and text == "0"):
                continue
            base, span = source.span(call.func.value).text, source.span(call)
            if _holds_several(held_around(evidence, source, call).get(base)):
                doubt = doubt or ONE_OF_MANY
            # A width that is a product holds several axes of one sample.
            several = len(call.args) > 1 and "*" in ast.unparse(call.args[1])
            flat, one = (cost, cost + 0.15) if several else (cost + 0.1, cost)
            if several or not _is_read_by_rows(evidence, source, call, left.shape[0]):
                yield Candidate(f"{base}.flatten(1)", (Change(span, f"{base}.flatten(1)"),), (), flat)
            # The axis of layers is the first one of a state, however the steps lie.
            last = f"{base}[:, -1]" if first and call not in states else f"{base}[-1]"
            both = ONE_DIRECTION if call in states and may_have_both_directions(source) else ""
            yield Candidate(last, (Change(span, last),), (), one, both or doubt)


def _holds_several(item: Value | None) -> bool:
    """Whether it has more axes than a recurrent layer gives, or holds numbers that are looked up."""
    return len(sizes_of(item)) > 3 or dtype_of(item).startswith("int")


def _is_read_by_rows(evidence: Evidence, source: Source, call: ast.Call, rows: int) -> bool:
    """Whether a Linear reads the rows that a reshape makes: it has the width of one, and none of several together."""
    linear = (each.call for each in (evidence.trace or ()) if each.call.type == "Linear")
    if any(record.shape[:1] == (rows,) for each in linear for record in each.inputs):
        return True
    width = ast.unparse(call.args[1]).removeprefix("self.") if len(call.args) == 2 else ""
    made = (each.args[0] for each in source.calls("Linear") if each.args)
    return any(ast.unparse(each).removeprefix("self.") == width for each in made)


def _wider_output(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """Fewer rows than targets by a whole factor: the last layer gives that many times too few numbers a sample."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape or not right.shape:
        return
    have, want = left.shape[0], right.shape[0]
    if not 0 < have < want or want % have or left.shape[1:] != right.shape[1:]:
        return
    if any(sizes_of(each)[:1] == (want,) for each in _read(evidence, given)):
        # What went in has as many rows as there are targets: they were lost on the way.
        return
    for source in user_sources(evidence):
        for call in sorted(source.calls("Linear"), key=lambda each: -each.lineno)[:3]:
            if len(call.args) > 1:
                span = source.span(call.args[1])
                text = f"{want // have} * {bracketed(span.text)}"
                yield Candidate(text, (Change(span, text),), (), cost)


def _read(evidence: Evidence, given: Argument) -> Iterator[Value]:
    """What a prediction was made of, as far as the names where it is compared tell."""
    texts = [given.expression, *(origin.span.text for origin in made(evidence, given))]
    names = {name for text in texts if (node := expression(text)) is not None for name in names_in(node)}
    yield from (value for name, value in evidence.held.items() if name in names and value.kind == "tensor")


def total_length(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """``pad_packed_sequence`` that pads to the longest of this batch only, where a longer padding went in."""
    for source in user_sources(evidence):
        packs = list(source.calls("pack_padded_sequence"))
        for call in source.calls("pad_packed_sequence"):
            told = given_as(call, "total_length")
            if told is not None and whole_number(told) is None:
                continue
            before = [pack for pack in packs if pack.lineno <= call.lineno and pack.args]
            if not before:
                continue
            pack = before[-1]
            if told is None and _is_padded_there(evidence, source, pack.args[0]):
                continue
            text = plain_name(pack.args[0])
            first = says_batch_first(pack)
            if _has_all_steps(evidence, text, 1 if first else 0):
                continue
            size = f"{text}.size({1 if first else 0})"
            change = with_keyword(source.span(call), "total_length", size)
            if told is not None:
                # A number is the length of the sequences in one batch only.
                change = Change(source.span(told), size)
            if change is not None:
                yield Candidate(f"total_length={size}", (change,), (), cost if told is None else cost - 0.05)


def _has_all_steps(evidence: Evidence, name: str, axis: int) -> bool:
    """Whether both operands have an axis of as many steps as the padded input had, so that none is missing."""
    inputs = {sizes_of(frame.names[name]) for frame in evidence.user_frames if name in frame.names}
    steps = {sizes[axis] for sizes in inputs if len(sizes) > axis}
    operands = tensors(failed(evidence))
    return len(operands) > 1 and len(steps) == 1 and all(steps <= set(sizes_of(each)) for each in operands)


def _is_padded_there(evidence: Evidence, source: Source, packed: ast.expr) -> bool:
    """Whether what is packed was padded to its own longest sequence, which always comes back whole."""
    while isinstance(packed, ast.Call) and len(packed.args) == 1 and last_name(packed.func) != "pad_sequence":
        packed = packed.args[0]
    texts = (expression(each.text) for each in spans_of(evidence, source.span(packed)))
    return any(isinstance(each, ast.Call) and last_name(each.func) == "pad_sequence" for each in texts)


def _sizes_of_this_batch(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """A batch size that is handed on as a number, where it must be asked of the batch at hand."""
    wanted = target.span.text if target.span is not None else ""
    record = given.value.record
    if record is None or not record.shape or not wanted.isidentifier():
        return
    for origin in made(evidence, given):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or ast.unparse(node.func).startswith("torch.") or _is_of_result(node):
            continue
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(part, ast.Name | ast.Attribute | ast.Constant) and _is_size(evidence, part, record.shape[0]):
                yield Candidate(
                    f"{ast.unparse(part)} -> {wanted}.size(0)",
                    (Change(piece(origin.span, part), f"{wanted}.size(0)"),),
                    (),
                    cost,
                )


def _is_of_result(call: ast.Call) -> bool:
    """Whether it is a method of what another call gives, such as ``model(x).softmax(1)``: its number is an axis."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call)


def _made_for_full_batch(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """A target that a factory made for a number of samples: for as many as the batch at hand has."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape or not right.shape or left.shape[1:] != right.shape[1:]:
        return
    for origin in made_or_written(evidence, target):
        for rows in (written_sizes(origin.span, evidence) or ())[:1]:
            texts = [text for text in size_texts(evidence, rows, left.shape[0]) if text.endswith(".size(0)")]
            if texts:
                doubt = _SEVERAL_ROWS if left.shape[0] > right.shape[0] and left.shape[0] % right.shape[0] == 0 else ""
                for each in handed_size(evidence, rows, left.shape[0], (), cost=cost):
                    yield each.doubted(doubt)
                yield Candidate(f"{rows.text} -> {texts[0]}", (Change(rows, texts[0]),), (), cost + 0.02, doubt)
                return


def filled_alike(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """A target of one number all over: whatever shape the prediction has, it is filled in the image of that."""
    if not given.expression.isidentifier() or given.span is None or given.value.record is None:
        return
    for origin in made_or_written(evidence, target):
        node = expression(origin.span.text)
        name = last_name(node.func) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in FILLED or ast.unparse(node.func) != f"torch.{name}":
            continue
        source = source_of(origin.span.file) if origin.span.file == given.span.file else None
        places = [source.node_at(span) for span in (origin.span, given.span)] if source is not None else [None]
        if any(place is None for place in places) or len({function_around(place) for place in places}) != 1:
            # The prediction has that name in its own function only.
            continue
        filled = f", {ast.unparse(node.args[1])}" if name == "full" and len(node.args) == 2 else ""
        if name == "full" and not filled:
            continue
        text = f"torch.{name}_like({given.expression}{filled})"
        yield Candidate(
            text, (Change(origin.span, text),), (Step("stand_in", target.role, given.value.record.shape),), cost
        )


def _is_size(evidence: Evidence, node: ast.expr, size: int) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int and node.value == size
    text = ast.unparse(node)
    values = [frame.names[text].text for frame in evidence.frames if text in frame.names]
    if values:
        return str(size) in values
    return "batch" in text.lower() or "size" in text.lower() or "rows" in text.lower()


def _repeated_too_often(evidence: Evidence, given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """A side that holds each of its items so many times as it is too long, because it was repeated so often."""
    left, right = given.value.record, target.value.record
    if left is None or right is None or not left.shape or not right.shape:
        return
    have, want = right.shape[0], left.shape[0]
    for item, times in ((target, have / max(want, 1)), (given, want / max(have, 1))):
        spans = [item.span] if item.span is not None and times > 1 else []
        spans += [
            origin.span for span in spans for _, chain in ways_through_reshapes(evidence, span) for origin in chain
        ]
        for span in dict.fromkeys(spans):
            for node in walk(expression(span.text)):
                once = repeated(evidence, span, node)
                if once is not None and once[1] == times:
                    yield Candidate(once[0], (Change(piece(span, node), once[0]),), (), cost)
                    return


def repeated(evidence: Evidence, span: Span, node: ast.AST) -> tuple[str, int] | None:
    """What an expression repeats, and how often: ``x.repeat_interleave(n, dim=1)``, ``x.repeat(1, n)``.

    Args:
        evidence: The problem.
        span: What the expression was read from.
        node: The expression.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name, module = node.func.attr, ast.unparse(node.func.value) in LIBRARIES
    if name not in ("repeat_interleave", "repeat") or (name == "repeat" and is_of_torch(node)):
        return None
    parts = node.args if module else [node.func.value, *node.args]
    if len(parts) < 2:
        return None
    counts = parts[1:2] if module or name == "repeat_interleave" else parts[1:]
    numbers = [worked_out(evidence, piece(span, each)) for each in counts]
    return (piece(span, parts[0]).text, prod(map(int, numbers))) if all(numbers) else None  # type: ignore[arg-type]


def _same_step(given: Argument, target: Argument, *, cost: float) -> Iterator[Candidate]:
    """``scores[:, t]`` beside ``labels[t]``: one of the two lies the other way."""
    if given.span is None or target.span is None:
        return
    left = re.fullmatch(r"(.*)\[:, *(\w+)\]", given.span.text, re.DOTALL)
    right = re.fullmatch(r"(.*)\[(\w+)\]", target.span.text, re.DOTALL)
    if left is not None and right is not None and left.group(2) == right.group(2):
        new = f"{left.group(1)}[{left.group(2)}]"
        yield Candidate(new, (Change(given.span, new),), (), cost)
        other = f"{right.group(1)}[:, {right.group(2)}]"
        yield Candidate(other, (Change(target.span, other),), (), cost + 0.1)
    left = re.fullmatch(r"(.*)\[(\w+)\]", given.span.text, re.DOTALL)
    right = re.fullmatch(r"(.*)\[:, *(\w+)\]", target.span.text, re.DOTALL)
    if left is not None and right is not None and left.group(2) == right.group(2):
        new = f"{left.group(1)}[:, {left.group(2)}]"
        yield Candidate(new, (Change(given.span, new),), (), cost)


def _rows_of_width(evidence: Evidence, given: Argument, *, cost: float) -> Iterator[Candidate]:
    """``scores.view(-1, n)`` where n is not the number of classes: the last axis is asked of the tensor itself."""
    for origin in made_or_written(evidence, given):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) != 2:
            continue
        if node.func.attr not in ("view", "reshape") or ast.unparse(node.args[0]) != "-1":
            continue
        width, base = piece(origin.span, node.args[1]), piece(origin.span, node.func.value).text
        new = f"{base}.size(-1)" if base.isidentifier() else ""
        if sizes_of(evidence.held.get(base))[-1:] == sizes_of(given)[-1:] != ():
            # It is that number already.
            continue
        if new and new != width.text:
            yield Candidate(f"{width.text} -> {new}", (Change(width, new),), (), cost)


def layouts(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """batch_first where batch and time may have changed places: one row for each step instead of one a sequence."""
    for source in user_sources(evidence):
        for call in source.calls("LSTM", "GRU", "RNN", "pad_sequence"):
            span = source.span(call)
            if not call.args or any(each.arg == "batch_first" for each in call.keywords):
                continue
            change = with_keyword(span, "batch_first", "True")
            if change is not None:
                yield Candidate("batch_first=True", (change,), (), cost)
