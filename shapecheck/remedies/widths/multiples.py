"""A width that came so many times as large as it was told: its text times a small number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import maker, number
from shapecheck.reading.joined.joined_beside_layer import is_joined_beside
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.written_products import is_written_out
from shapecheck.reading.sources import names_in, node_at, parents

# More parts of one width are seldom put side by side, and another number is likelier than so large a factor.
MOST_TIMES = 4


def multiple(evidence: Evidence, operation: Operation, name: str, size: int) -> str:
    """The constructor's text times a small number, where that is the size that came: ``2 * hidden``."""
    given = _told_part(evidence, operation, name, size)
    if given is None or is_written_out(given.text) or _is_of_a_round(given):
        return ""
    return f"{size // number(operation, name)} * {bracketed(given.text)}"


def given_multiple(
    evidence: Evidence, operation: Operation, name: str, size: int, *, cost: float
) -> Iterator[Candidate]:
    """The same where a class was given the number: all that it makes of it then goes together."""
    given = _told_part(evidence, operation, name, size)
    if given is None or not given.text.isidentifier():
        return
    if is_joined_beside(evidence, operation, given, size // number(operation, name)):
        # What it was told is the width of each part: it is the class itself that puts them side by side.
        return
    for handed in trace(evidence, given, parts=True)[:1]:
        text = "" if handed.span.text.isdecimal() else times(size // number(operation, name), handed.span.text)
        if text:
            yield Candidate(text, (Change(handed.span, text),), (Step("configure", "", (name, size)),), cost)


def _is_of_a_round(given: Span) -> bool:
    """Whether a width has another value in each round of a loop, which makes several layers."""
    node = node_at(given)
    targets = [up.target for up in parents(node) if isinstance(up, ast.For)]
    made = (up for up in parents(node) if isinstance(up, ast.ListComp | ast.GeneratorExp))
    names = names_in(*targets, *(loop.target for up in made for loop in up.generators))
    return isinstance(node, ast.Name) and node.id in names


def _told_part(evidence: Evidence, operation: Operation, name: str, size: int) -> Span | None:
    """What a layer was told, where a few times that is the size that came."""
    have = number(operation, name)
    is_part = have > 1 and size % have == 0 and 2 <= size // have <= MOST_TIMES
    return told_for(maker(evidence, operation), name) if is_part else None


def times(factor: int, text: str) -> str:
    """A name, or a product with a number, times a number; empty for anything else.

    >>> times(2, "width"), times(2, "3 * width"), times(2, "width * 4"), times(2, "a + b")
    ('2 * width', '6 * width', 'width * 8', '')
    """
    if re.fullmatch(r"[\w.]+", text):
        return f"{factor} * {text}"
    found = re.fullmatch(r"(?:(\d+) \* )?([\w.]+)(?: \* (\d+))?", text)
    if found is None or (found.group(1) is None) == (found.group(3) is None):
        return ""
    before, name, behind = found.groups()
    return f"{factor * int(before)} * {name}" if before else f"{name} * {factor * int(behind)}"
