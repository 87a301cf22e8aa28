"""A state that a model kept from another batch, used only where it is of this one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.layers.tables_of_models import is_table
from shapecheck.reading.origins import trace


def forgotten_state(evidence: Evidence, item: Argument, other: Argument, *, cost: float) -> Iterator[Candidate]:
    """A tensor that a model kept from another call, used only where it is of this batch."""
    if is_table(evidence, item) or not other.expression.isidentifier() or item.span is None:
        return
    for origin in trace(evidence, item.span)[:1]:
        kept = origin.span.text
        if re.fullmatch(r"self\.\w+", kept):
            new = f"{kept} if {kept} is not None and len({kept}) == len({other.expression}) else None"
            yield Candidate(new, (Change(origin.span, new),), (), cost)
