"""Several parts of each sample made rows of their own, before one target for each sample: repeated for its parts."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, items_of, known_at, last_name, node_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import put_behind

_COST = 0.02
_AS_ONE = "one answer for each sample, such as the mean of those for its parts, may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.arange(n).repeat_interleave(captions.size(1))`` behind ``captions.flatten(0, 1)``."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    left, right = sizes_of(given), sizes_of(target)
    if given is None or target is None or len(left) != 2 or len(right) != 1 or right[0] < 2:
        return []
    times, rest = divmod(left[0], right[0])
    base = _merged(evidence, given, (right[0], times)) if not rest and times > 1 else ""
    there = node_at(target.span)
    if not base or there is None or base not in known_at(there):
        return []
    # What numbers the samples asks of each row which of them it belongs to.
    is_number = left[1] == right[0] and any(
        last_name(getattr(expression(each.span.text), "func", None)) == "arange"
        for each in made_or_written(evidence, target)
    )
    cost, doubt = (_COST, "") if is_number else (_COST + 0.2, _AS_ONE)
    steps = [Step("repeat_interleave", "target", (times,))]
    ways = put_behind(evidence, target, f".repeat_interleave({base}.size(1))", steps, cost=cost)
    return [each.doubted(doubt) for each in ways[:1]]


def _merged(evidence: Evidence, given: Argument, sizes: tuple[int, int]) -> str:
    """The name of what the rows were made of by merging its two first axes, which have these sizes."""
    found: set[str] = set()
    for span in spans_behind(evidence, given.span):
        source, node = found_at(span)
        held = held_around(evidence, source, node)
        for call in walk(expression(span.text)):
            base = applied_to(call) if isinstance(call, ast.Call) and _merges(call) else None
            shape = sizes_of(held.get(base.id)) if isinstance(base, ast.Name) else ()
            if isinstance(base, ast.Name) and len(shape) > 2 and shape[:2] == sizes:
                found.add(base.id)
    return found.pop() if len(found) == 1 else ""


def _merges(call: ast.Call) -> bool:
    """Whether a call makes one axis of the two first ones: ``x.flatten(0, 1)``, ``x.view(-1, n)``."""
    told = told_to(call)
    sizes = [ast.unparse(each) for each in (items_of(told[0]) if len(told) == 1 else told)]
    name, named = last_name(call.func), {each.arg: ast.unparse(each.value) for each in call.keywords}
    if name == "flatten":
        begin, end = named.get("start_dim", (*sizes, "0")[0]), named.get("end_dim", (*sizes, "", "")[1])
        return (begin, end) == ("0", "1")
    return name in ("view", "reshape") and len(sizes) > 1 and (sizes[0] == "-1" or "*" in sizes[0])
