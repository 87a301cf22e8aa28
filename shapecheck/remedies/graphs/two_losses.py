"""Two losses of one round that were made of the same tensor: each goes back through what made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import suffixed, with_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import is_own, last_name, walk

CAUSE = "graph_gone_through_twice"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The graph kept for the second loss; where each has an optimizer of its own, cut off for the first."""
    later = going_back(evidence) if says(evidence, r"second time") else None
    for first in later.earlier() if later is not None else ():
        assert later is not None
        shared = _shared(evidence, first, later)
        if not shared:
            continue
        between, behind = _optimizers(later, first.call, later.call), _optimizers(later, later.call)
        if not between:
            change = with_keyword(first.source.span(first.call), "retain_graph", "True")
            return [Candidate("retain_graph=True", (change,), (), _COST)] if change is not None else []
        if between & behind:
            # The weights have changed in between, and the second loss was made with those before.
            return []
        return [*_cut_off(evidence, first, later, shared), *_cut_off(evidence, later, first, shared)][:1]
    return []


def _shared(evidence: Evidence, first: GoingBack, later: GoingBack) -> set[str]:
    """What is made with a graph by the statements that both losses go back to."""
    lines = {*first.made_of().values()} & {*later.made_of().values()}
    return {name for line in lines for name in stored_in(line) if _has_graph(evidence, name)}


def _has_graph(evidence: Evidence, name: str) -> bool:
    held = evidence.held.get(name)
    values = (held, *held.items) if held is not None else ()
    return any(each.facts.get("requires_grad") == 1 for each in values)


def _optimizers(later: GoingBack, begin: ast.Call, end: ast.Call | None = None) -> set[str]:
    """What makes a step in the round, behind one call and in front of another."""
    last = end.lineno if end is not None else later.source.span(later.rounds).end_line + 1
    calls = (each for each in walk(later.rounds) if isinstance(each, ast.Call) and begin.lineno < each.lineno < last)
    return {ast.unparse(each.func) for each in calls if last_name(each.func) == "step"}


def _cut_off(evidence: Evidence, loss: GoingBack, other: GoingBack, shared: set[str]) -> Iterator[Candidate]:
    """What two losses are made of, detached where only the one reads it that learns by something else as well."""
    lines = {*loss.made_of().values(), loss.statement} - {*other.made_of().values()}
    nodes = [
        each for line in sorted(lines, key=lambda each: each.lineno) for each in walk(getattr(line, "value", None))
    ]
    names = [each for each in nodes if isinstance(each, ast.Name)]
    read = [each for each in names if each.id in shared]
    others = {each.id for each in names if _has_graph(evidence, each.id)} - shared - {*loss.made_of()}
    learns = others or any(_is_layer(evidence, each.func) for each in nodes if isinstance(each, ast.Call))
    if read and learns:
        changes = tuple(suffixed(loss.source.span(each), ".detach()") for each in read)
        yield Candidate(f"{read[0].id}.detach()", changes, (), _COST)


def _is_layer(evidence: Evidence, called: ast.expr) -> bool:
    held = evidence.held.get(ast.unparse(called))
    return is_own(called) or (held is not None and held.kind == "module")
