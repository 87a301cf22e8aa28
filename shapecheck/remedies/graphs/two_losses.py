"""Two losses of one round that were made of the same tensor: each goes back through what made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.edits import suffixed, with_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import is_own, last_name, names_in, walk

CAUSE = "graph_gone_through_twice"
_COST = 0.05
_TAUGHT = "one of the two losses may be meant not to go back through what they share"
_BOTH = "nothing tells which of the two losses is meant to go back through what they share"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The graph kept for the second loss; where each has an optimizer of its own, cut off for the first."""
    later = going_back(evidence) if says(evidence, r"second time") else None
    for first in later.earlier() if later is not None else ():
        assert later is not None
        shared = _shared(evidence, first, later)
        if not shared:
            continue
        between, behind = _optimizers(later, first.call, later.call), _optimizers(later, later.call)
        if between & behind or _is_stepped_by_hand(later, first.call, later.call):
            # The weights have changed in between, and the second loss was made with those before.
            return []
        if not between:
            change = with_keyword(first.source.span(first.call), "retain_graph", "True")
            doubt = _TAUGHT if _is_taught(evidence, first, later, shared) else ""
            return [Candidate("retain_graph=True", (change,), (), _COST, doubt)] if change is not None else []
        is_first, is_later = (_teaches(later, each, shared) for each in (between, behind))
        order = [(later, first), (first, later)] if is_first and not is_later else [(first, later), (later, first)]
        ways = [each for one, other in order for each in _cut_off(evidence, one, other, shared)]
        return [replace(ways[0], doubt=_BOTH) if is_first == is_later else ways[0]] if ways else []
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


def _is_stepped_by_hand(later: GoingBack, begin: ast.Call, end: ast.Call) -> bool:
    """Whether numbers are changed in place between two calls where no gradients are kept, as weights are."""
    for block in walk(later.rounds):
        if isinstance(block, ast.With) and begin.lineno < block.lineno < end.lineno:
            quiet = any(
                last_name(getattr(each.context_expr, "func", each.context_expr)) == "no_grad" for each in block.items
            )
            if quiet and any(_changes(each) for each in walk(block)):
                return True
    return False


def _changes(node: ast.AST) -> bool:
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    return isinstance(node, ast.AugAssign) or (name.endswith("_") and not name.startswith(("_", "zero_")))


def _teaches(later: GoingBack, steps: set[str], shared: set[str]) -> bool:
    """Whether what makes these steps was given the parameters of what the shared tensor was made with."""
    made = [getattr(line, "value", None) for line in later.made_of().values() if shared & stored_in(line)]
    called = [each.func for value in made for each in walk(value) if isinstance(each, ast.Call)]
    makers = {ast.unparse(one) for each in called for one in (each, getattr(each, "value", each))} - {"self"}
    given = (pair for line in walk(later.source.tree) for pair in values_given(line))
    asked = [value for target, value in given if f"{ast.unparse(target)}.step" in steps and isinstance(value, ast.Call)]
    told = (each for call in asked for part in (*call.args, *call.keywords) for each in walk(part))
    return any(isinstance(each, ast.Name | ast.Attribute) and ast.unparse(each) in makers for each in told)


def _is_taught(evidence: Evidence, first: GoingBack, later: GoingBack, shared: set[str]) -> bool:
    """Whether a loss weighs what both share with something that learns, or both ask one layer about it."""
    one, other = ({*each.made_of().values(), each.statement} for each in (first, later))
    own = [
        [node for line in part for node in walk(getattr(line, "value", None))] for part in (one - other, other - one)
    ]
    products = (each for each in (*own[0], *own[1]) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult))
    sides = (pair for each in products for pair in permutations((each.left, each.right)))
    weighs = any(names_in(had) & shared and _learns(evidence, by, shared) for had, by in sides)
    calls = ([each for each in part if isinstance(each, ast.Call) and names_in(*each.args) & shared] for part in own)
    asked = [{ast.unparse(each.func): each.func for each in part} for part in calls]
    return weighs or any(_is_layer(evidence, func) for text, func in asked[0].items() if text in asked[1])


def _learns(evidence: Evidence, by: ast.expr, shared: set[str]) -> bool:
    """Whether gradients go back from an expression to something else than what two losses share."""
    calls = (each.func for each in walk(by) if isinstance(each, ast.Call))
    names = names_in(by) - shared
    return any(_has_graph(evidence, each) for each in names) or any(_is_layer(evidence, each) for each in calls)


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
    is_loss = held is not None and held.type.endswith("Loss")
    return not is_loss and (is_own(called) or (held is not None and held.kind == "module"))
