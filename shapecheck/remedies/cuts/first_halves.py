"""Twice as many channels of a model as are reckoned with: the first half of them, where the rest may be a spread."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import found_at, home_around, targets_of
from shapecheck.reading.ways_back import spans_behind

_COST = 0.3
_DOUBT = "the second half may be what is meant, or a model that gives one half alone"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``noise = model(x).chunk(2, dim=1)[0]`` in front of ``x - noise``, of which x has half the channels."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        have, want = sizes_of(item), sizes_of(other)
        axis = 1 if len(have) > 2 else len(have) - 1
        is_beside = len(have) == len(want) > 1 and have[:axis] + have[axis + 1 :] == want[:axis] + want[axis + 1 :]
        if is_beside and have[axis] == 2 * want[axis]:
            found += list(_halved(evidence, item, axis))[:1]
    return found


def _halved(evidence: Evidence, item: Argument, axis: int) -> Iterator[Candidate]:
    """The call by which a name in an operand was given what a model of the caller's gave, in the same function."""
    here = found_at(item.span)[1]
    for span in spans_behind(evidence, item.span) if item.span is not None else ():
        source, node = found_at(span)
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        names = [each for each in targets_of(node) if isinstance(each, ast.Name)] if node is not None else []
        if source is None or not is_call or not names or home_around(node) is not home_around(here):
            continue
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if any(name.startswith(f"{called}.") and held.kind == "module" for name, held in evidence.held.items()):
            change: Change = suffixed(span, f".chunk(2, dim={axis})[0]")
            yield Candidate(f"{names[0].id} = {change.text}", (change,), (), _COST, _DOUBT)
