"""A padding mask of all tokens, where attention reads them without their last or their first one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.failing import attention_called, operand, takes_samples_first
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import node_at, statement_of, walk
from shapecheck.reading.steps.steps_left_out import first_dropped, last_dropped
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

CAUSE = "mask_does_not_fit"
# A mask of paddings -> whose steps it speaks of.
MASKS = {
    "key_padding_mask": ("key",),
    "src_key_padding_mask": ("src",),
    "tgt_key_padding_mask": ("tgt",),
    "memory_key_padding_mask": ("memory", "src"),
}
_EITHER = "the tokens lose their last step in one place and their first in another, and the mask goes with one of them"
_ELSEWHERE = "the steps that the mask has more than there are keys may be others than the last ones"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same cut for the mask as for the tokens."""
    called = attention_called(evidence)
    return list(_masks(evidence, called)) if called is not None else []


def _masks(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    # Of a layer that holds attention it is the attention's own setting.
    told = (operation, evidence.inner) if evidence.inner is not None else (operation,)
    axis = 1 if any(map(takes_samples_first, told)) else 0
    for role, roles in MASKS.items():
        mask, tokens = operand(operation, role), operand(operation, *roles)
        have, sizes = sizes_of(mask), sizes_of(tokens)
        if mask is None or tokens is None or len(have) != 2 or len(sizes) != 3 or mask.span is None:
            continue
        if have[0] != sizes[1 - axis] or have[1] <= sizes[axis]:
            continue
        cuts = list(_cuts(evidence, tokens)) if have[1] == sizes[axis] + 1 else []
        found = cuts[0] if cuts else None
        if found is None:
            index = f"[:, :{asked(tokens, axis)}]"
            step = Step("item", role, (":", f":{sizes[axis]}"))
            for each in put_behind(evidence, mask, index, [step], cost=0.3)[:1]:
                yield replace(each, doubt=_ELSEWHERE)
            continue
        place, cut, begin = found
        steps = (Step("narrow", role, (1, begin, sizes[axis])),)
        doubt = _EITHER if len({text for _, text, _ in cuts}) > 1 else ""
        beside = next(_beside(evidence, mask.span, place), None)
        if beside is None:
            yield from (replace(each, doubt=doubt) for each in put_behind(evidence, mask, cut, steps, cost=0.03))
        else:
            change = suffixed(beside, cut)
            yield Candidate(change.text, (change,), steps, 0.03, doubt)


def _cuts(evidence: Evidence, tokens: Argument) -> Iterator[tuple[Span, str, int]]:
    """Where the tokens lose a step on their way, the cut that goes with it, and where it begins."""
    for span in spans_behind(evidence, tokens.span):
        for node in walk(expression(span.text)):
            if last_dropped(node):
                yield span, "[:, :-1]", 0
            elif first_dropped(node):
                yield span, "[:, 1:]", 1


def _beside(evidence: Evidence, mask: Span, place: Span) -> Iterator[Span]:
    """The mask where it is handed in by the very statement that cuts the tokens, for a model may be told whole ones."""
    statement = statement_of(node_at(place))
    for span in spans_behind(evidence, mask):
        node = node_at(span)
        up = getattr(node, "parent", None)
        if span.text.isidentifier() and isinstance(up, ast.Call | ast.keyword) and statement_of(node) is statement:
            yield span
