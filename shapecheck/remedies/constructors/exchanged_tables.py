"""The rows and the width of a table in each other's place, ``nn.Embedding(width, tokens)``, as its readers tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, kind, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.layers.layers_told import Told, layers_told, order_of
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of
from shapecheck.reading.sources import Source, source_of, user_sources
from shapecheck.remedies.moves import exchanged

CAUSE = "sizes_exchanged"
_COST = 0.01
_TOO_FEW = "the table may as well be as wide as it is, and have too few rows"


@dataclass(frozen=True)
class _Table:
    """A table of the script whose rows and columns may stand in each other's place."""

    evidence: Evidence
    source: Source
    call: ast.Call
    rows: Span
    columns: Span
    have: int
    wide: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """The two exchanged, where a token is beyond the rows, or the width is not the one that is wanted."""
    operation = failed(evidence)
    if operation is None:
        return []
    tables, steps, doubt = [], tuple[Step, ...](), ""
    if kind(operation) == "Embedding":
        told = number(operation, "num_embeddings"), number(operation, "embedding_dim")
        item = operand(operation, "input")
        highest = item.value.facts.get("max") if item is not None else None
        if highest is None or not told[0] <= highest < told[1] or evidence.earlier:
            return []
        origin = maker(evidence, operation)
        source = source_of(origin.span.file) if origin is not None else None
        call = source.node_at(origin.span) if source is not None and origin is not None else None
        tables = list(_table(evidence, source, call, *told)) if source is not None else []
        steps = (Step("configure", "", ("num_embeddings", told[1])), Step("configure", "", ("embedding_dim", told[0])))
        found = [each for each in tables if _is_read(each, is_exact=highest + 1 == told[1])]
        doubt = "" if all(map(_is_read, found)) else _TOO_FEW
    else:
        more = set(_lacking(evidence))
        tables = [each for each in _tables(evidence) if each.wide - each.have in more and _ran(each)]
        found = [each for each in tables if _is_read(each, is_refused=True)]
        if not tables and kind(operation) in ELEMENTWISE:
            tables = [each for each in _tables(evidence, are_more=True) if each.have - each.wide in more and _ran(each)]
            found = [each for each in tables if _is_read(each, is_refused=True)]
    if len(found) != 1 or len(tables) != 1:
        # Of two such tables, nobody knows which one it was.
        return []
    return [exchanged(found[0].rows, found[0].columns, cost=_COST, trial=steps, doubt=doubt)]


def _tables(evidence: Evidence, *, are_more: bool = False) -> Iterator[_Table]:
    """The tables with numbers that the script tells, with fewer rows than columns; or with more."""
    for source in user_sources(evidence):
        for call in source.calls("Embedding"):
            spans = (told_for(source.span(call), each) for each in ("num_embeddings", "embedding_dim"))
            have, wide = (worked_out(evidence, each) if each is not None else None for each in spans)
            if type(have) is int and type(wide) is int:
                yield from _table(evidence, source, call, have, wide, are_more=are_more)


def _table(
    evidence: Evidence, source: Source, call: ast.expr | None, have: int, wide: int, *, are_more: bool = False
) -> Iterator[_Table]:
    if not isinstance(call, ast.Call):
        return
    rows, columns = (told_for(source.span(call), each) for each in ("num_embeddings", "embedding_dim"))
    if rows is None or columns is None or have == wide or (have > wide) != are_more:
        return
    if all(getattr(source.node_at(each), "parent", None) is call for each in (rows, columns)):
        yield _Table(evidence, source, call, rows, columns, have, wide)


def _lacking(evidence: Evidence) -> Iterator[int]:
    """How many columns less what failed wanted than it was given."""
    operation = failed(evidence)
    name = kind(operation) if operation is not None else ""
    sizes = shape(operation, "input")
    if operation is not None and sizes and name in TAKEN and TAKEN[name].axis < len(sizes):
        yield sizes[TAKEN[name].axis] - number(operation, TAKEN[name].name)
    two = pair(failed(evidence, *ELEMENTWISE))
    if two is not None and all(map(sizes_of, two)):
        yield abs(sizes_of(two[0])[-1] - sizes_of(two[1])[-1])


def _ran(table: _Table) -> bool:
    """Whether a table gave such rows, as far as it is known what ran."""
    ran = [each.call for each in table.evidence.trace or () if each.call.type.rpartition(".")[2] == "Embedding"]
    return not ran or any(record.shape[-1:] == (table.wide,) for each in ran for record in each.outputs[:1])


def _is_read(table: _Table, *, is_exact: bool = False, is_refused: bool = False) -> bool:
    """Whether others take the number of rows for a width, and none takes the width that the table has.

    Args:
        table: The table.
        is_exact: Whether there are just as many tokens as the table is wide.
        is_refused: Whether what failed is such a reader: it may have been told the wrong one of the two itself.
    """
    others = [each for each in layers_told(table.evidence, table.source) if each.call is not table.call]
    told = [each.reads(table.rows, table.have, table.columns, table.wide) for each in others]
    if False in told:
        return False
    order = order_of(table.call, table.rows.text, table.columns.text)
    if order == "declared" and not told.count(True):
        return False
    counts = not table.columns.text.isdecimal() and any(_gives(each, table.columns.text) for each in others)
    readers = told.count(True) + (order == "reversed") + counts + is_exact - is_refused
    return readers > 0


def _gives(layer: Told, width: str) -> bool:
    """Whether a layer gives so many numbers, as a score for each token."""
    return layer.taken is not None and layer.given is not None and layer.given.text == width
