"""More outputs for the layer that gives the scores."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sources import user_sources
from shapecheck.reading.where_made import literals


def widened(evidence: Evidence, have: int, want: int) -> Iterator[Candidate]:
    """More outputs for the layer that gives the scores: the last Linear made with that many."""
    for source in user_sources(evidence):
        calls = sorted(source.calls("Linear", "LazyLinear"), key=lambda call: -call.lineno)
        for at, call in enumerate(calls):
            position = 1 if ast.unparse(call.func).endswith("Linear") and "Lazy" not in ast.unparse(call.func) else 0
            given_size = call.args[position] if position < len(call.args) else None
            for keyword in call.keywords:
                if keyword.arg == "out_features":
                    given_size = keyword.value
            if given_size is None:
                continue
            span = source.span(given_size)
            for number in literals(evidence, span):
                if int(number.text) == have:
                    yield Candidate(f"{number.text} -> {want}", (Change(number, str(want)),), (), 0.3 + 0.05 * at)
