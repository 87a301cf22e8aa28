"""Numbers of which there is to be one for each item of a collection, made of a number that is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import class_around, function_around, node_at, source_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_EACH = ast.ListComp | ast.GeneratorExp | ast.DictComp
_OF_ALL = re.compile(r"\.(items|values|keys)\(\)$")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.zeros(len(heads))`` for ``torch.zeros(2)``, where it meets what was stacked of each of the heads."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        if len(sizes_of(item)) == len(sizes_of(other)) == 1 and item.span is not None and other.span is not None:
            found += _counted(evidence, item, other)
    return found


def _counted(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    assert item.span is not None
    assert other.span is not None
    collections = [text for span in spans_behind(evidence, other.span) for text in _stacked_of(span)]
    for span in spans_behind(evidence, item.span):
        sizes = written_sizes(span) or []
        source = source_of(span.file)
        if source is None or len(sizes) != 1 or not sizes[0].text.isdecimal():
            continue
        for text in collections:
            name = _known_as(span, text)
            if name:
                step = Step("stand_in", item.role, sizes_of(other))
                yield Candidate(f"{sizes[0].text} -> len({name})", (Change(sizes[0], f"len({name})"),), (step,), _COST)
                return


def _stacked_of(span: Span) -> Iterator[str]:
    """The collection of each item of which one number was stacked: ``self.heads``."""
    node = expression(span.text)
    given = (
        node.args[0] if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.stack" and node.args else None
    )
    if isinstance(given, _EACH) and len(given.generators) == 1 and not given.generators[0].ifs:
        yield _OF_ALL.sub("", ast.unparse(given.generators[0].iter))


def _known_as(place: Span, text: str) -> str:
    """How the function around a place can name a collection: as it is written, or by what it is made of there."""
    node = node_at(place)
    home = function_around(node)
    if home is None or class_around(node) is None or not text.startswith("self."):
        return ""
    for each in walk(home):
        for name, value in values_given(each):
            if ast.unparse(name) != text:
                continue
            made = [part for part in walk(value) if isinstance(part, _EACH) and len(part.generators) == 1]
            whole = _OF_ALL.sub("", ast.unparse(made[0].generators[0].iter)) if len(made) == 1 else ""
            return whole if whole.isidentifier() else text if value.lineno < place.line else ""
    return ""
