"""A number that one way of several gives: the branch of a condition, the default of a look-up, what follows ``or``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import branch_taken, parts_of_size, worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, user_sources, walk

# What a number costs more that nothing in the script says.
_UNTOLD = 0.45
_MEANT_AS_SAID = (
    "nothing else reads the condition: what came may have more than the condition says, and be what is to be cut"
)
_LOOK_UPS = {"get": 2, "pop": 2, "setdefault": 2, "getattr": 3, "getenv": 2}


def of_branches(
    evidence: Evidence, given: Span, have: object, want: int, trial: tuple[Step, ...], *, cost: float
) -> Iterator[Candidate]:
    """Another number for the way that was gone, said as the other ways say it where one of them holds that size.

    Args:
        evidence: The problem.
        given: The argument that the number came to.
        have: The number.
        want: What it must be.
        trial: The same as a trial.
        cost: What it costs.
    """
    for span in spans_of(evidence, given, parts=True):
        node = expression(span.text)
        for way in _ways(evidence, span, node) if node is not None else ():
            here = piece(span, way)
            if type(have) is not int or worked_out(evidence, here) != have:
                continue
            exchanged = _exchanged(evidence, span, node, want) if isinstance(node, ast.IfExp) else None
            if exchanged is not None and isinstance(node, ast.IfExp):
                # Of what has too many some may have to be left out; what has too few has no more to give.
                is_open = type(have) is int and want > have and not _is_read_elsewhere(evidence, node.test)
                doubt = _MEANT_AS_SAID if is_open else ""
                yield Candidate(exchanged, (Change(span, exchanged),), trial, cost, doubt)
                return
            told = next(parts_of_size(evidence, span, want), "")
            if isinstance(node, ast.IfExp) and told in [piece(span, each).text for each in (node.body, node.orelse)]:
                # Both ways alike: then the condition would be asked for nothing.
                return
            # A number alone that one way gives is no likelier to be wrong than any other number.
            more, text = (0.0, told) if told else (_UNTOLD, str(want))
            yield Candidate(f"{here.text} -> {text}", (Change(here, text),), trial, cost + more)
            return


def _exchanged(evidence: Evidence, span: Span, node: ast.IfExp, want: int) -> str | None:
    """The conditional expression with its branches the other way round, if the one not taken comes to the size."""
    taken = branch_taken(evidence, span, node)
    other = node.orelse if taken is node.body else node.body
    if taken is None or worked_out(evidence, piece(span, other)) != want:
        return None
    body, test, orelse = (piece(span, each).text for each in (node.body, node.test, node.orelse))
    return f"{orelse} if {test} else {body}"


def _is_read_elsewhere(evidence: Evidence, test: ast.expr) -> bool:
    """Whether another place asks what a condition asks, and so goes with the branches exchanged."""
    inner = [each.value for each in walk(test) if isinstance(each, ast.Attribute)]
    asked = [last_name(each) for each in walk(test) if isinstance(each, ast.Name | ast.Attribute)]
    flags = [
        last_name(each)
        for each in walk(test)
        if isinstance(each, ast.Name | ast.Attribute) and not any(each is part for part in inner)
    ]
    nodes = [each for source in user_sources(evidence) for each in walk(source.tree)]
    reads = [each for each in nodes if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Load)]
    return sum(last_name(each) in flags for each in reads) > sum(name in flags for name in asked)


def _ways(evidence: Evidence, span: Span, node: ast.expr) -> Iterator[ast.expr]:
    """The expressions of which one was chosen to be the value."""
    if isinstance(node, ast.IfExp):
        taken = branch_taken(evidence, span, node)
        yield from (node.body, node.orelse) if taken is None else (taken,)
    elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        yield node.values[-1]
    elif isinstance(node, ast.Call) and len(node.args) == _LOOK_UPS.get(last_name(node.func)):
        yield node.args[-1]
