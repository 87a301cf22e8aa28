"""What is written on the way to an operation that failed, piece by piece, and what follows if a piece is a slip."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import Shape, failed, says
from shapecheck.reading.sources import function_of_line, source_of, walk
from shapecheck.reading.ways_back import spans_behind

# Behind everything else that may mend it.
_COST, _FARTHER, _INSIDE = 2.0, 0.02, 0.001
# What is farther back has too many others that could be to blame.
_NEAR = 16
DOUBT = "another small change on the way would let it run as well, and what was meant is not known"
_OTHER_MATTER = (
    r"dtype|scalar type|\b(Float|Long|Double)\b",
    r"out of memory",
    r"has no attribute",
    r"unexpected keyword",
    # What is looked up by its key is no tensor, and which places are picked only the numbers tell.
    r"^KeyError",
    r"index .*out of (range|bounds)",
)


@dataclass(frozen=True, slots=True)
class Written:
    """A call, a cut or a product as it is written.

    Args:
        whole: The expression that it stands in.
        node: It, in the tree of that expression.
        far: How many expressions lie between it and the one that failed.
        inside: How many pieces of that expression come before it, from the outside in.
        is_refused: Whether it is the call that failed.
        shapes: The shapes of what has a name where it stands.
        numbers: The whole numbers that have a name there.
    """

    whole: Span
    node: ast.AST
    far: int
    inside: int
    is_refused: bool
    shapes: Mapping[str, Shape]
    numbers: Mapping[str, int]

    def count_axes(self, of: ast.expr) -> int | None:
        """How many axes a tensor has that stands there; None where it is not known."""
        shape = self.shapes.get(ast.unparse(of))
        return None if shape is None else len(shape)

    def place(self, node: ast.AST) -> Span:
        """Where a part of it stands."""
        return piece(self.whole, node)

    def exchanged(self, one: ast.AST, other: ast.AST) -> tuple[Change, ...]:
        """The two parts, each in the place of the other."""
        first, second = self.place(one), self.place(other)
        shown = bracketed if isinstance(self.node, ast.BinOp) else str
        return Change(first, shown(second.text)), Change(second, shown(first.text))


Slips = Callable[[Written], Iterator[tuple[Change, ...]]]


def slips_behind(evidence: Evidence, others: Slips) -> list[Candidate]:
    """What may be meant in place of what is written, nearest first; none where sizes are not the matter.

    Args:
        evidence: The problem.
        others: Tells of a piece what it may be a slip for.
    """
    return [
        Candidate(_title(changes), changes, (), _COST + _FARTHER * each.far + _INSIDE * each.inside, unless_read=DOUBT)
        for each in written_behind(evidence)
        for changes in others(each)
    ]


def written_behind(evidence: Evidence) -> Iterator[Written]:
    """The pieces of what failed, of its operands and of what these came from, each once."""
    operation = failed(evidence)
    if operation is None or operation.parameters or says(evidence, *_OTHER_MATTER) is not None:
        return
    # A layer inside a container has no text of its own: what that was given has.
    places = [
        place
        for one in (operation, evidence.operation or operation)
        for place in (one.span, *(item.span for item in one.arguments))
    ]
    seen, far, shapes, numbers = set[Span](), 0, _shapes(evidence), _numbers(evidence)
    for span in spans_behind(evidence, *places):
        nodes = walk(expression(span.text))
        # What is cut to a size is cut to fit.
        ends = {id(each) for node in nodes if isinstance(node, ast.Slice) for each in walk(node)}
        pieces = [node for node in nodes if isinstance(node, ast.Call | ast.Subscript | ast.BinOp)]
        pieces = [node for node in pieces if id(node) not in ends]
        new = [node for node in pieces if piece(span, node) not in seen]
        seen.update(piece(span, node) for node in new)
        here, counts = shapes.get(_home(span), {}), numbers.get(_home(span), {})
        for at, node in enumerate(new):
            yield Written(span, node, far, at, piece(span, node) == operation.span, here, counts)
        far += bool(new)
        if far == _NEAR:
            return


def _shapes(evidence: Evidence) -> dict[tuple[str, int], dict[str, Shape]]:
    """Function of a frame -> the shapes of what has a name in it."""
    found: dict[tuple[str, int], dict[str, Shape]] = {}
    for frame in evidence.user_frames:
        held = found.setdefault(_home(frame.statement), {})
        held |= {name: each.record.shape for name, each in frame.names.items() if each.record is not None}
    return found


def _numbers(evidence: Evidence) -> dict[tuple[str, int], dict[str, int]]:
    """Function of a frame -> the whole numbers that have a name in it."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for frame in evidence.user_frames:
        held = found.setdefault(_home(frame.statement), {})
        numbers = (each for each in frame.names.items() if each[1].kind == "number" and each[1].text.isdecimal())
        held |= {name: int(each.text) for name, each in numbers}
    return found


def _home(place: Span) -> tuple[str, int]:
    """The function that a place stands in, by its file and its first line; 0 for that of no function."""
    function = function_of_line(source_of(place.file), place.line)
    return place.file, function.lineno if function is not None else 0


def _title(changes: tuple[Change, ...]) -> str:
    return ", ".join(f"{each.span.text} -> {each.text}" for each in changes)
