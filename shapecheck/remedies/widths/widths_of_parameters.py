"""A learned vector that was made for another width than what it meets: made for the width that the class was told."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, tables
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.names_of_size import is_shared, names_of_size
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.remedies.operands.made_wider import made_wider

_COST = 0.07
_EITHER = "what the parameter meets may as well have been made for the wrong width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Parameter(torch.zeros(num_features))`` for ``nn.Parameter(torch.zeros(hidden_size))``."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        have, want = sizes_of(item), sizes_of(other)
        if have and want and len(have) <= len(want) and 1 not in (have[-1], want[-1]) and have[-1] != want[-1]:
            found += _of_width(evidence, item, other, want[-1])
    return found


def _of_width(evidence: Evidence, item: Argument, other: Argument, width: int) -> Iterator[Candidate]:
    """The parameter that gives an operand its width, told by the one name that is as large as is wanted."""
    for given in _widths(evidence, item):
        sizes = (*sizes_of(item)[:-1], width)
        is_either = any(True for _ in _widths(evidence, other)) or any(
            True for _ in made_wider(evidence, other, sizes_of(item)[-1], cost=0.0)
        )
        for name in names_of_size(evidence, given, width) if is_shared(given) else ():
            trial = (Step("stand_in", item.role, sizes),)
            doubt = _EITHER if is_either else ""
            yield Candidate(f"{given.text} -> {name}", (Change(given, name),), trial, _COST, doubt)


def _widths(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """Where the last size of a parameter was written that is as large as an operand."""
    for table in tables(evidence, item):
        held = evidence.held.get(table.text)
        for origin in trace(evidence, table) if held is not None and held.type == "Parameter" else ():
            sizes = written_sizes(origin.span, evidence)
            if sizes and len(sizes) == len(sizes_of(item)):
                yield sizes[-1]
                break
