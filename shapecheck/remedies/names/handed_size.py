"""Another size for the call that handed it to the function which wrote it into a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import Shape
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import found_at, function_at, node_at
from shapecheck.reading.vocabulary import LIBRARIES

_OF_ANOTHER = "several objects are told their sizes by this method, and which of them was told this one is not known"


def handed_size(
    evidence: Evidence, written: Span, size: int, trial: tuple[Step, ...], *, cost: float, like: Shape = ()
) -> Iterator[Candidate]:
    """Another argument for the call that handed a size to the function which wrote it into a tensor.

    Args:
        evidence: The problem.
        written: The size as it stands in the factory's call.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs.
        like: The shape of the tensor whose size it is, where that is known.
    """
    for origin in evidence.chains.get(written, ()):
        if _is_default(origin.span):
            # Nothing that a call brings can be read there.
            return
        if origin.span.text.isdecimal() and _is_argument(origin.span):
            # Written for this very call; in a function, for each call of that.
            ways = size_texts(evidence, origin.span, size, like=like) if function_at(origin.span) is not None else ()
            text = next((each for each in ways if not each.isidentifier()), str(size))
            yield Candidate(f"{origin.span.text} -> {text}", (Change(origin.span, text),), trial, cost + 0.05)
            return
        if origin.span.text.isdecimal() or (origin.is_whole and not origin.span.text.isidentifier()):
            return
        if _is_taken_apart(origin.span):
            # It is all sizes of a tensor, and one alone has no names for the others.
            return
        doubt = _OF_ANOTHER if _is_told_to_others(origin.span) else ""
        for text in size_texts(evidence, origin.span, size, like=like):
            if text != origin.span.text:
                yield Candidate(f"{origin.span.text} -> {text}", (Change(origin.span, text),), trial, cost, doubt)
                return


def _is_default(span: Span) -> bool:
    node = node_at(span)
    return isinstance(getattr(node, "parent", None), ast.arguments)


def _is_told_to_others(span: Span) -> bool:
    """Whether a size is told to one object by a method that tells another object the like elsewhere."""
    source, node = found_at(span)
    up = getattr(node, "parent", None)
    call = getattr(up, "parent", None) if isinstance(up, ast.keyword) else up
    if source is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    calls = (each for each in source.calls(call.func.attr) if isinstance(each.func, ast.Attribute))
    told = {ast.unparse(each.func.value) for each in calls if isinstance(each.func, ast.Attribute)}
    return len(told - {"self", *LIBRARIES}) > 1


def _is_taken_apart(span: Span) -> bool:
    up = getattr(node_at(span), "parent", None)
    return isinstance(up, ast.Assign) and any(isinstance(each, ast.Tuple | ast.List) for each in up.targets)


def _is_argument(span: Span) -> bool:
    node = node_at(span)
    return isinstance(getattr(node, "parent", None), ast.Call | ast.keyword)
