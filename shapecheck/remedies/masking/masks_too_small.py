"""A mask of later steps that was made for fewer steps than there are: as long as what attends, where it is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.compared.mask_sizes import wanted_of_mask
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand, takes_samples_first
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import asked, size_texts
from shapecheck.reading.sources import known_at, last_name, names_in, node_at, walk
from shapecheck.reading.vocabulary import FILLED
from shapecheck.reading.where_made import made_or_written

CAUSE = "mask_does_not_fit"
SQUARES = ("generate_square_subsequent_mask", *FILLED, "empty")
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``generate_square_subsequent_mask(tgt.size(0))`` for that of another length."""
    wanted, inner = wanted_of_mask(evidence), failed(evidence)
    if wanted is None or wanted[0] != wanted[1]:
        return []
    # A whole encoder is not told itself what its layers were.
    is_first = any(takes_samples_first(each) for each in (inner, evidence.operation) if each is not None)
    for called in (inner, evidence.operation):
        query = operand(called, "query", "src", "tgt")
        mask = operand(called, "attn_mask", "src_mask", "tgt_mask", "mask")
        if called is not None and query is not None and mask is not None and mask.span is not None:
            return list(_anew(evidence, query, mask, wanted[0], 1 if is_first else 0))
    return []


def _anew(evidence: Evidence, query: Argument, mask: Argument, rows: int, axis: int) -> Iterator[Candidate]:
    have, sizes = sizes_of(mask), sizes_of(query)
    if len(have) != 2 or have[0] != have[1] or have[0] >= rows or len(sizes) != 3 or have[0] == sizes[1 - axis]:
        # As many as there are samples: it may be the layout that is wrong.
        return
    for origin in made_or_written(evidence, mask):
        for call in walk(expression(origin.span.text)):
            if not isinstance(call, ast.Call) or last_name(call.func) not in SQUARES:
                continue
            whole = call.args[0].elts if call.args and isinstance(call.args[0], ast.Tuple) else call.args
            spans = [piece(origin.span, each) for each in whole[:2]]
            told = [span for span in spans if worked_out(evidence, span) == have[0] or not span.text.isdecimal()]
            place = node_at(origin.span)
            text = asked(query, axis)
            is_known = place is not None and names_in(expression(text)) <= known_at(place)
            text = text if is_known else next(size_texts(evidence, origin.span, rows), str(rows))
            if told and len(told) == len(spans):
                changes = tuple(Change(span, text) for span in told)
                step = Step("set_size", mask.role, (rows, rows))
                yield Candidate(f"{told[0].text} -> {text}", changes, (step,), _COST)
                return
