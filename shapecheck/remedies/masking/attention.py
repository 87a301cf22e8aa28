"""Attention and the Transformer: layouts, masks, widths and heads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.compared.mask_sizes import wanted_of_mask
from shapecheck.reading.edits import expression, is_number, piece, suffixed, with_keyword
from shapecheck.reading.failing import attention_called, maker, number, operand, says, takes_samples_first
from shapecheck.reading.mismatches import FEW, sizes_of
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sizes.size_texts import asked, size_texts
from shapecheck.reading.sources import last_name, user_sources, walk
from shapecheck.reading.steps.layouts import positions_lead, reads_steps_first, steps_lead
from shapecheck.reading.where_made import literals, made_or_written
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.masking.masks_too_small import SQUARES
from shapecheck.remedies.moves import exchanged, put_behind, setting_of_layer
from shapecheck.remedies.operands.other_axis_asked import other_axis_asked


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for attention that was refused, also inside a layer of the Transformer."""
    called = attention_called(evidence)
    return list(_attention(evidence, called)) if called is not None else []


def _attention(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    query, key = operand(operation, "query", "src", "tgt"), operand(operation, "key", "memory")
    sizes = sizes_of(query)
    for name in ("embed_dim", "d_model"):
        if sizes and number(operation, name) not in (0, sizes[-1]):
            yield from constructor_argument(evidence, operation, name, sizes[-1], cost=0.1)
    yield from _places_as_steps(evidence, operation, query)
    yield from _heads(evidence, operation)
    yield from _layouts(evidence, operation, cost=0.4)
    for role in ("key_padding_mask", "src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask"):
        mask = operand(operation, role)
        if mask is not None and mask.value.record is not None and len(mask.value.record.shape) == 2:
            agrees = mask.value.record.shape == sizes[:2] and sizes[0] != sizes[1]
            lead = steps_lead(evidence, operation, mask) if agrees else None
            if agrees and not lead:
                # Mask and input say (batch, steps) both: it is the layer that reads them otherwise.
                doubt = _TURNED if lead is None else ""
                yield from (replace(candidate, doubt=doubt) for candidate in _layouts(evidence, operation, cost=0.05))
            cost = 0.0 if lead else 0.6 if agrees else 0.2
            # What the call takes twice is turned once, where it is made.
            twice = sum(each.expression == mask.expression for each in operation.arguments) > 1
            place = "origin" if twice else "use"
            turned = put_behind(evidence, mask, ".t()", [Step("t", role)], cost=cost, prefer=place)
            # Where both say (batch, steps), it would be the one thing that agrees with nothing else.
            yield from (replace(each, doubt=_AGREES if agrees and not lead else "") for each in turned)
        if mask is not None and mask.value.record is not None and len(mask.value.record.shape) in (3, 4):
            for axis, size in enumerate(mask.value.record.shape):
                if size == 1:
                    yield from put_behind(
                        evidence, mask, f".squeeze({axis})", [Step("squeeze", role, (axis,))], cost=0.3
                    )
    for role in ("attn_mask", "src_mask", "tgt_mask", "mask", "memory_mask"):
        mask = operand(operation, role)
        if mask is None or mask.value.record is None:
            continue
        sizes = mask.value.record.shape
        if _runs_along_samples(operation, mask, query) and _is_laid_as_told(operation):
            # What it was counted by is wrong, not the layer.
            yield from other_axis_asked(evidence, mask, cost=0.04, wanted=wanted_of_mask(evidence) or ())
            continue
        if _runs_along_samples(operation, mask, query):
            leads = reads_steps_first(operation)
            is_clear = leads is True if takes_samples_first(operation) else not leads
            doubt = "" if is_clear else _READ_BEHIND
            if positions_lead(evidence, query) is (not takes_samples_first(operation)):
                doubt = _LIES_SO
            cost = 0.3 if doubt == _LIES_SO else 0.05
            yield from (
                replace(each, doubt=doubt) for each in _layouts(evidence, operation, cost=cost, back=cost + 0.01)
            )
        else:
            yield from _mask_cut(evidence, operation, mask, query)
        heads = number(operation, "num_heads") or number(operation, "nhead")
        if len(sizes) == 3 and sizes[0] == 1:
            # One mask for all samples and all heads has no axis for them.
            yield from put_behind(evidence, mask, ".squeeze(0)", [Step("squeeze", role, (0,))], cost=0.03)
        if len(sizes) == 3 and heads:
            step = Step("repeat_interleave", role, (heads, 0))
            yield from put_behind(evidence, mask, f".repeat_interleave({heads}, 0)", [step], cost=0.2)
        # Where what stands behind reads the samples first as the layer does, no steps were counted along them.
        is_clear = takes_samples_first(operation) and reads_steps_first(operation) is False
        if says(evidence, "mask"):
            yield from other_axis_asked(
                evidence, mask, cost=0.04 if is_clear else 0.1, wanted=wanted_of_mask(evidence) or ()
            )
        if len(sizes) == 2:
            yield from put_behind(evidence, mask, ".t()", [Step("t", role)], cost=0.6)
        if len(sizes) == 4:
            step = Step("flatten", role, (0, 1))
            yield from put_behind(evidence, mask, ".flatten(0, 1)", [step], cost=0.4)
    yield from _query_for_all(operation)
    for item in (query, key):
        if item is not None and item.value.record is not None and len(item.value.record.shape) == 3:
            step = Step("transpose", item.role, (0, 1))
            yield from put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.6)


def _layouts(evidence: Evidence, operation: Operation, *, cost: float, back: float = 0.9) -> Iterator[Candidate]:
    """The layer, or those that it is made of, told that the samples stand first, or told so no more."""
    yield from _layer_layouts(evidence, cost=cost)
    if operation.name.endswith(("TransformerEncoder", "TransformerDecoder")) or maker(evidence, operation) is None:
        return
    is_told = takes_samples_first(operation)
    yield from setting_of_layer(evidence, operation, "batch_first", not is_told, cost=back if is_told else cost)


def _runs_along_samples(operation: Operation, mask: Argument, query: Argument | None) -> bool:
    """Whether a square mask is just as long as the axis that the layer takes for the samples."""
    sizes = sizes_of(query) if query is not None else ()
    axis = 0 if takes_samples_first(operation) else 1
    return len(sizes) == 3 and sizes[0] != sizes[1] and sizes_of(mask) == (sizes[axis], sizes[axis])


def _is_laid_as_told(operation: Operation) -> bool:
    """Whether two sequences are of as many samples along the axis that the layer takes for them, and not along another.

    What attends to another sequence has the same samples, and may have other steps.
    """
    pairs = (("query", "key"), ("src", "tgt"), ("tgt", "memory"))
    axis = 0 if takes_samples_first(operation) else 1
    for one, other in pairs:
        left, right = (sizes_of(operand(operation, role)) for role in (one, other))
        if len(left) == len(right) == 3 and left[axis] == right[axis] and left[1 - axis] != right[1 - axis]:
            return True
    return False


def _places_as_steps(evidence: Evidence, operation: Operation, query: Argument | None) -> Iterator[Candidate]:
    """Maps laid flat that attend to themselves: their places are the steps, and their channels what each step has."""
    sizes, width = sizes_of(query), number(operation, "embed_dim")
    if query is None or not takes_samples_first(operation) or len(sizes) != 3 or sizes[1] != width != sizes[2]:
        return
    roles = [operand(operation, role) for role in ("query", "key", "value")]
    if {each.expression for each in roles if each is not None} != {query.expression}:
        return
    for origin in made_or_written(evidence, query):
        if origin.span != query.span and origin.span.text.endswith(
            (".flatten(2)", ".flatten(2, 3)", ".flatten(2, -1)")
        ):
            change = suffixed(origin.span, ".transpose(1, 2)")
            step = [Step("transpose", role, (1, 2)) for role in ("query", "key", "value")]
            yield Candidate(f"{query.expression} = {change.text}", (change,), tuple(step), 0.05)


def _query_for_all(operation: Operation) -> Iterator[Candidate]:
    """Queries that are the same for every sample, with a batch of one, beside a batch of many."""
    pairs = (("query", "key"), ("tgt", "src"), ("tgt", "memory"))
    found = [(operand(operation, one), operand(operation, many)) for one, many in pairs]
    for one, many in found:
        if one is None or many is None or one.value.record is None or many.value.record is None:
            continue
        left, right = one.value.record.shape, many.value.record.shape
        if len(left) != 3 or len(right) != 3 or left[:2].count(1) != 1 or one.span is None:
            continue
        axis = left.index(1)
        if right[axis] == 1:
            continue
        # As many as the keys, or as their samples, they may be samples with one step each, read the other way.
        cost = 0.7 if left[1 - axis] in right[:2] else 0.05
        parts = ", ".join(asked(many, axis) if at == axis else "-1" for at in range(3))
        step = Step("expand", one.role, tuple(right[axis] if at == axis else -1 for at in range(3)))
        yield Candidate(f"{one.expression}.expand({parts})", (suffixed(one.span, f".expand({parts})"),), (step,), cost)


def _mask_cut(evidence: Evidence, operation: Operation, mask: Argument, query: Argument | None) -> Iterator[Candidate]:
    """A square mask of the longest target, or of one with a step more than is read: cut to its length."""
    wanted = wanted_of_mask(evidence)
    record = mask.value.record
    if wanted is None or record is None or len(record.shape) != 2 or mask.span is None:
        return
    rows, columns = wanted
    have = record.shape[0]
    if rows != columns or have != record.shape[1] or have <= rows:
        return
    more = have - rows
    for origin in made_or_written(evidence, mask):
        node = expression(origin.span.text)
        for call in walk(node):
            makes = isinstance(call, ast.Call) and last_name(call.func) in SQUARES and call.args
            names = [ast.unparse(each) for each in call.args[:2]] if makes and isinstance(call, ast.Call) else []
            if makes and isinstance(call, ast.Call) and len(set(names)) == 1 and not is_number(names[0]):
                spans = [piece(origin.span, each) for each in call.args[:2]]
                fewer = f"{spans[0].text} - {more}" if more <= FEW else ""
                text = next(_asked_of_others(evidence, spans[0], rows), fewer)
                if text:
                    yield Candidate(text, tuple(Change(span, text) for span in spans), (), 0.05)
    axis = 1 if takes_samples_first(operation) else 0
    length = asked(query, axis) if query is not None and sizes_of(query)[axis : axis + 1] == (rows,) else str(rows)
    if length.isdecimal():
        length = next(size_texts(evidence, mask.span, rows), length)
    end = f"-{more}" if more <= FEW and length.isdecimal() else length
    step = Step("item", mask.role, (f":{rows}", f":{rows}"))
    yield from put_behind(evidence, mask, f"[:{end}, :{end}]", [step], cost=0.1)


def _asked_of_others(evidence: Evidence, asked: Span, size: int) -> Iterator[str]:
    """The same question to another tensor of the frame that has as many: ``tgt.size(1)`` for ``src.size(1)``."""
    found = ASKED.fullmatch(asked.text)
    if found is None:
        return
    name, axis = found.group(1) or found.group(4), int(found.group(2) or found.group(3) or 0)
    for other, held in evidence.held.items():
        sizes = sizes_of(held) if held.kind == "tensor" else ()
        if other.isidentifier() and other != name and -len(sizes) <= axis < len(sizes) and sizes[axis] == size:
            yield re.sub(rf"\b{re.escape(name)}\b", other, asked.text, count=1)


_READ_BEHIND = "what reads the result may take its axes in the order in which the layer gives them now"
_LIES_SO = "positions were added along the axis that the layer takes for the steps: the mask may be of the samples"
_AGREES = "the mask has the axes of the input, and the layer may be what reads them otherwise"
_TURNED = "the steps may lie along the first axis, and it is the mask that must be turned"
_HEADS = "other numbers of heads divide the width as well, and so may another width"


def _layer_layouts(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """batch_first for the layers that a whole encoder or decoder is made of."""
    for source in user_sources(evidence):
        for call in source.calls("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"):
            if all(ast.unparse(each.value) == "False" for each in call.keywords if each.arg == "batch_first"):
                change = with_keyword(source.span(call), "batch_first", "True")
                if change is not None:
                    yield Candidate("batch_first=True", (change,), (), cost)


def _heads(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Another number of heads, one that divides the width: torch asks for it when the layer is made."""
    heads, width = operand(operation, "num_heads", "nhead"), operand(operation, "embed_dim", "d_model")
    if heads is None or width is None or heads.span is None or not says(evidence, r"divisible"):
        return
    count, size = heads.value.text, width.value.text
    if count.isdecimal() and size.isdecimal():
        if int(count) > int(size) > 0 == int(count) % int(size) and width.span and not heads.keyword + width.keyword:
            # Nobody wants more heads than there are numbers to share among them.
            yield exchanged(width.span, heads.span, cost=0.05)
        fitting = [each for each in range(1, int(size) + 1) if int(size) % each == 0]
        for new in sorted(fitting, key=lambda each: abs(each - int(count)))[:3]:
            for found in literals(evidence, heads.span):
                yield Candidate(f"{found.text} -> {new}", (Change(found, str(new)),), (), 0.2, _HEADS)
