"""A table of an embedding that was made before it, a row or two too short: ``from_pretrained(waves(steps, width))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, number, operand
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.mismatches import FEW
from shapecheck.reading.sources import last_name
from shapecheck.remedies.targets.counts import added

CAUSE = "table_too_short"
_COST = 0.05
_MAY_BE_SHIFTED = "the rows are what was learned elsewhere, and the indices may be counted from one by mistake"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The number of rows that the function which makes the table was given, with as many more as are missing."""
    operation = failed(evidence, "Embedding", "EmbeddingBag")
    item = operand(operation, "input")
    if operation is None or item is None:
        return []
    rows, most = number(operation, "num_embeddings"), item.value.facts.get("max", 0)
    more = int(most) + 1 - rows
    made = evidence.origins.get(operation.callee, ()) if 0 < more <= FEW else ()
    told = [each for origin in made for each in _told(evidence, origin.span, rows)]
    if len(told) != 1:
        return []
    text = added(told[0].text, more)
    doubt = "" if is_counted(evidence, item) else _MAY_BE_SHIFTED
    return [Candidate(text, (Change(told[0], text),), (), _COST, doubt)]


def _told(evidence: Evidence, made: Span, rows: int) -> Iterator[Span]:
    """What comes to the number of rows among what the call that made the table was given."""
    call = call_of(made)
    if call is None or last_name(call.func) != "from_pretrained" or not call.args:
        return
    table = call.args[0]
    for part in table.args if isinstance(table, ast.Call) else ():
        span = piece(made, part)
        if worked_out(evidence, span) == rows:
            yield span
