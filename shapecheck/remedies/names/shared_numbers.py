"""A number that several things in the script go by, where one of them needs a few more."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.mismatches import FEW
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, is_named, parents, source_of, walk


def more_of_shared(
    evidence: Evidence, given: Span, have: int, want: int, trial: tuple[Step, ...], *, cost: float
) -> Iterator[Candidate]:
    """A few more than a constant, where it is handed to the one thing that needs them: ``longest=LIMIT + 2``.

    Args:
        evidence: The problem.
        given: The argument that the constant came to.
        have: The constant.
        want: What is needed at least.
        trial: The same as a trial.
        cost: What it costs where something is seen to become longer than the constant; else a little more.
    """
    for span in spans_of(evidence, given, parts=True):
        source = source_of(span.file)
        if source is None or not span.text.isidentifier() or not _is_shared(source, span, have):
            continue
        told = _lengthened(source, span.text)
        more = max(want - have, told)
        if more <= max(FEW, told):
            text = f"{span.text} + {more}"
            yield Candidate(text, (Change(span, text),), trial, cost + (0.0 if told >= want - have else 0.15))
        return


def _lengthened(source: Source, name: str) -> int:
    """How many items are put to what was cut to a length: 2 for ``[first] + words[:LIMIT] + [last]``."""
    most = 0
    for node in walk(source.tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
            continue
        upper = node.slice.upper
        if upper is None or ast.unparse(upper) != name or node.slice.lower is not None:
            continue
        whole: ast.AST = node
        for up in parents(node):
            if (
                isinstance(up, ast.Starred)
                or (isinstance(up, ast.BinOp) and isinstance(up.op, ast.Add))
                or (isinstance(up, ast.List | ast.Tuple) and isinstance(whole, ast.Starred))
            ):
                whole = up
            else:
                break
        most = max(most, written_items(whole))
    return most


def written_items(node: ast.AST) -> int:
    """How many items the lists that are written out in a sum of lists have."""
    if isinstance(node, ast.BinOp):
        return written_items(node.left) + written_items(node.right)
    if isinstance(node, ast.List | ast.Tuple):
        return sum(not isinstance(each, ast.Starred) for each in node.elts)
    return 0


def _is_shared(source: Source, span: Span, have: int) -> bool:
    """Whether a name is a number of the whole file that something else reads too."""
    made = [
        node.value
        for node in source.tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [span.text]
    ]
    reads = [node for node in walk(source.tree) if is_named(node, span.text) and isinstance(node.ctx, ast.Load)]
    return len(made) == 1 and isinstance(made[0], ast.Constant) and made[0].value == have and len(reads) > 1
