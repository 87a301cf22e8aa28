"""A pool or a kernel that is larger than what came to it: an adaptive pool leaves one place, a margin makes room."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, bracketed, call_of, expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import maker
from shapecheck.reading.layers.pools import too_large_a_kernel, too_large_a_pool
from shapecheck.reading.sources import last_name

_COST = 0.05
# A kernel of a whole map; smaller ones halve it, and were used once too often.
_LEAST = 4
# With more arguments by position, the fifth is the padding itself.
_BEFORE_PADDING = 4
_SHORT = "what comes to it may be what is too short, or a stride or a pool before it too much"
_LARGEST = "how the places of a map are put together is not known: the map may be larger elsewhere"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The adaptive pool in the place of the one with a written kernel; padding for a convolution."""
    found = too_large_a_pool(evidence)
    if found is None:
        return list(_padded(evidence))
    operation, kernel, sizes = found
    if min(kernel) < _LEAST or any(each <= size for each, size in zip(kernel, sizes, strict=True)):
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


def _padded(evidence: Evidence) -> Iterator[Candidate]:
    """Padding of half the kernel, which leaves a place for each that came."""
    found = too_large_a_kernel(evidence)
    origin = maker(evidence, found[0]) if found is not None else None
    kernel = argument(origin.span, "kernel_size", 2) if origin is not None else None
    call = call_of(origin.span) if origin is not None else None
    if origin is None or kernel is None or call is None or len(call.args) > _BEFORE_PADDING:
        return
    parts = expression(kernel.text)
    size = whole_number(parts)
    if size is not None:
        text = str(size // 2)
    elif isinstance(parts, ast.Tuple):
        text = f"({', '.join(f'{bracketed(ast.unparse(each))} // 2' for each in parts.elts)})"
    else:
        text = f"{bracketed(kernel.text)} // 2"
    change = with_keyword(origin.span, "padding", text)
    if change is not None:
        trial = (Step("configure", "", ("padding", size // 2)),) if size is not None else ()
        yield Candidate(f"padding={text}", (change,), trial, 0.1, _SHORT)
