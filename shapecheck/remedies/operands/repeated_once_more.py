"""A tensor with rows of its own that is repeated once for each row there is, where each sample has so many copies."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import operands_of, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, spreads
from shapecheck.reading.sources import Source, class_around, home_around, last_name, source_of, walk
from shapecheck.reading.where_made import made_or_written

_COST = 0.03
_ORDER = "the copies of a row may be meant to lie one behind the other, or all rows to be repeated as a whole"
_PRODUCTS = ("bmm", "baddbmm")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask.repeat_interleave(heads, dim=0)`` for ``mask.repeat(len(scores), 1, 1)``, the mask one of all samples."""
    operation = failed(evidence, *ELEMENTWISE, *_PRODUCTS)
    return [each for item, other in both_ways(operation) for each in _copied(evidence, item, other)]


def _copied(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    own, wanted = sizes_of(item), sizes_of(other)
    if len(own) != len(wanted) or len(own) < 2 or not spreads((wanted[0], *own[1:]), wanted):
        return
    for origin in made_or_written(evidence, item):
        source = source_of(origin.span.file)
        call = _repeat(source.node_at(origin.span)) if source is not None else None
        if source is None or call is None or not isinstance(call.func, ast.Attribute):
            continue
        rows, rest = divmod(own[0], wanted[0])
        # Repeated as often as there are rows, of which each sample has several.
        times, more = divmod(wanted[0], rows) if rows and not rest else (0, 1)
        if more or rows < 2 or times < 2:
            return
        found = list(_counts(evidence, source, call, times))
        if found:
            copies, is_whole, is_known = found[0]
            ones = ", 1" * (len(own) - 1)
            tail = f".repeat({copies}{ones})" if is_whole else f".repeat_interleave({copies}, dim=0)"
            text = source.span(call.func.value).text + tail
            yield Candidate(text, (Change(source.span(call), text),), (), _COST, "" if is_known else _ORDER)
        return


def _repeat(node: ast.AST | None) -> ast.Call | None:
    """The one call in an expression that repeats rows and nothing else."""
    for each in walk(node):
        if isinstance(each, ast.Call) and last_name(each.func) == "repeat" and len(each.args) > 1:
            return each if all(whole_number(one) == 1 for one in each.args[1:]) else None
    return None


def _counts(evidence: Evidence, source: Source, call: ast.Call, times: int) -> Iterator[tuple[str, bool, bool]]:
    """How the class merges copies and samples into rows: the text of the copies, and whether they are counted first."""
    home = class_around(call) or home_around(call)
    folds = set[tuple[str, bool]]()
    for each in walk(home):
        if not isinstance(each, ast.Call) or last_name(each.func) not in ("view", "reshape"):
            continue
        sides = operands_of(each.args[0], ast.Mult) if each.args and isinstance(each.args[0], ast.BinOp) else []
        if len(sides) == 2:
            folds |= {
                (ast.unparse(side), at == 0)
                for at, side in enumerate(sides)
                if _is_count(evidence, source.span(side), times)
            }
    # Where there are as many copies as samples, these are what the object does not keep.
    folds = {each for each in folds if each[0].startswith("self.")} or folds
    texts = {text for text, _ in folds}
    orders = {first for _, first in folds}
    if len(texts) == 1:
        yield next(iter(texts)), orders == {True}, len(orders) == 1


def _is_count(evidence: Evidence, span: Span, times: int) -> bool:
    held = evidence.held.get(span.text)
    return (held is not None and held.text == str(times)) or worked_out(evidence, span) == times
