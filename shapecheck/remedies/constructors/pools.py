"""A pool that is larger than the map that came to it: one place is left of whatever map, as an adaptive pool says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, call_of, piece
from shapecheck.reading.failing import maker
from shapecheck.reading.pools import too_large_a_pool
from shapecheck.reading.sources import last_name

_COST = 0.05
# A kernel of a whole map; smaller ones halve it, and were used once too often.
LEAST = 4
_LARGEST = "how the places of a map are put together is not known: the map may be larger elsewhere"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The adaptive pool in the place of the one with a written kernel."""
    found = too_large_a_pool(evidence)
    if found is None:
        return []
    operation, kernel, sizes = found
    if min(kernel) < LEAST or any(each <= size for each, size in zip(kernel, sizes, strict=True)):
        return []
    origin = maker(evidence, operation)
    span = origin.span if origin is not None else operation.span
    return list(_adaptive(span)) if span is not None else []


def _adaptive(span: Span) -> Iterator[Candidate]:
    call = call_of(span)
    name = last_name(call.func) if call is not None else ""
    is_layer = name[:1].isupper()
    if call is None or "adaptive" in name.lower() or "pool" not in name.lower():
        return
    function = piece(span, call.func)
    home = function.text.removesuffix(name)
    kernel = argument(span, "kernel_size", 0 if is_layer else 1)
    if home == function.text or kernel is None or "out" in ast.unparse(call.func).lower():
        return
    new = f"{home}Adaptive{name}(1)" if is_layer else f"{home}adaptive_{name}({piece(span, call.args[0]).text}, 1)"
    doubt = _LARGEST if "max" in name.lower() else ""
    yield Candidate(new, (Change(span, new),), (), _COST, doubt)
