"""Numbers drawn for as many samples as a full batch has, and stored where the last batch has fewer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import one_by_one
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.samples.batch_sizes import batch_sizes
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import Source, found_at, home_around, is_named, last_name, names_in, walk

CAUSE = "batch_size_written_down"
_COST = 0.03
# What takes the number of numbers last, and what takes it first.
_BOUNDED, _PLAIN = ("randint", "choice", "normal", "uniform"), ("rand", "randn", "random", "zeros", "ones")
_NUMBER = "the number may be as large as a batch only by chance"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``np.random.randint(0, n, batch_size)``, asked of the batch, for ``np.random.randint(0, n, opt.batch_size)``."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    value = operand(operation, "value")
    if value is None or value.span is None or said is None or not said[0] or said[0][1:] != said[1][1:]:
        return []
    rows, full = said[0][0], said[1][0]
    return list(_drawn(evidence, value.span, rows, full)) if 0 < rows < full else []


def _drawn(evidence: Evidence, place: Span, rows: int, full: int) -> Iterator[Candidate]:
    source, node = found_at(place)
    if source is None or node is None:
        return
    told, held = set(batch_sizes(evidence)), held_around(evidence, source, node)
    for name in sorted(names_in(node)):
        if sizes_of(held.get(name))[:1] != (full,):
            continue
        for count in _counts(source, node, name):
            text = next(size_texts(evidence, count, rows), "") if count.text in told else ""
            if text:
                doubt = _NUMBER if is_number(count.text) else ""
                yield Candidate(f"{count.text} -> {text}", (Change(count, text),), (), _COST, doubt)


def _counts(source: Source, node: ast.expr, name: str) -> Iterator[Span]:
    """What says how many numbers are drawn where a name was given its value above."""
    given = [
        value
        for each in walk(home_around(node) or source.tree)
        for target, value in values_given(each)
        if is_named(target, name) and value.lineno < node.lineno
    ]
    for call in walk(given[-1]) if given else ():
        if not isinstance(call, ast.Call) or last_name(call.func) not in (*_BOUNDED, *_PLAIN):
            continue
        sizes = call.args[-1:] if last_name(call.func) in _BOUNDED else call.args[:1]
        for told in [each.value for each in call.keywords if each.arg == "size"] or sizes:
            yield from (source.span(each) for each in one_by_one([told])[:1])
