"""What was made of an operand is meant, and the operand itself was written: ``head(code)`` for ``head(x)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import replaced
from shapecheck.reading.failing import features_taken, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, found_at, home_around, names_in, walk

CAUSE = "another_name_meant"
_COST = 0.05
_READ_TOO = "what was made of it is read further down as well"
_SEVERAL = "several tensors that were made of it would fit"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one tensor that a line above made of an operand, of as many samples, and as wide as the layer reads."""
    operation = evidence.operation
    want = features_taken(operation)
    if operation is None or not want:
        return []
    found = [each for item in tensors(operation) for each in _instead(evidence, item, want, kind(operation))]
    return [each.doubted(_SEVERAL if len(found) > 1 else "") for each in found]


def _instead(evidence: Evidence, item: Argument, want: int, layer: str) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    sizes = sizes_of(item)
    if source is None or item.span is None or not isinstance(node, ast.Name) or item.role != "input":
        return
    for name in dict.fromkeys(_made_of(source, node)):
        made = sizes_of(evidence.held.get(name))
        # Fewer axes come out of what reads pictures or sequences; a Linear would take any number of them.
        is_less = len(made) < len(sizes) if layer == "Linear" else len(made) == len(sizes)
        if made[-1:] == (want,) and made[:1] == sizes[:1] and is_less:
            doubt = _READ_TOO if _is_read(source, node, name) else ""
            yield Candidate(name, (replaced(item.span, name),), (Step("stand_in", item.role, made),), _COST, doubt)


def _is_read(source: Source, use: ast.Name, name: str) -> bool:
    """Whether a name is read anywhere else than it would be there: then nobody forgot it."""
    reads = (each for each in walk(home_around(use) or source.tree) if isinstance(each, ast.Name) and each.id == name)
    return any(isinstance(each.ctx, ast.Load) for each in reads)


def _made_of(source: Source, use: ast.Name) -> Iterator[str]:
    """The names that lines above gave to what a call made of a name."""
    for line in walk(home_around(use) or source.tree):
        for target, value in values_given(line):
            is_made = isinstance(value, ast.Call) and use.id in names_in(*value.args)
            if isinstance(target, ast.Name) and target.lineno < use.lineno and target.id != use.id and is_made:
                yield target.id
