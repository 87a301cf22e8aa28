"""Twice as many channels of a model as are reckoned with: the first half of them, where the rest may be a spread."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, without_axis
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import found_at, function_around, home_around, targets_of, user_sources
from shapecheck.reading.ways_back import spans_behind

_COST = 0.3
_DOUBT = "the second half may be what is meant, or a model that gives one half alone"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``noise = model(x).chunk(2, dim=1)[0]`` in front of ``x - noise``, of which x has half the channels."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        have, want = sizes_of(item), sizes_of(other)
        axis = 1 if len(have) > 2 else len(have) - 1
        is_beside = len(have) == len(want) > 1 and without_axis(have, axis) == without_axis(want, axis)
        if is_beside and have[axis] == 2 * want[axis]:
            found += list(_halved(evidence, item, axis))[:1]
    return found


def _halved(evidence: Evidence, item: Argument, axis: int) -> Iterator[Candidate]:
    """The call of a model that gave an operand: by a name in the same function, or what a function returns of it."""
    here = found_at(item.span)[1]
    for span in spans_behind(evidence, item.span):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        called, is_here = ast.unparse(node.func), home_around(node) is home_around(here)
        names = [each.id for each in targets_of(node) if isinstance(each, ast.Name)] if is_here else []
        is_returned = isinstance(getattr(node, "parent", None), ast.Return)
        if not names and not (is_returned and function_around(node) is not None):
            continue
        is_held = any(name.startswith(f"{called}.") and held.kind == "module" for name, held in evidence.held.items())
        if is_held or _is_model(evidence, source.span(node.func)):
            change: Change = suffixed(span, f".chunk(2, dim={axis})[0]")
            yield Candidate(" = ".join([*names[:1], change.text]), (change,), (), _COST, _DOUBT)


def _is_model(evidence: Evidence, called: Span) -> bool:
    """Whether what is called is of a class of the script that has a forward."""
    kinds = {each.name: each for source in user_sources(evidence) for each in source.classes}
    kind = kinds.get(kind_of(evidence, called))
    return kind is not None and method_of(kind, "forward") is not None
