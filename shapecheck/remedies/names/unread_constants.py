"""A number with a name that nobody reads, where its neighbour is read instead: ``SIZE`` for ``REDUCED_SIZE``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, found_at, walk

CAUSE = "another_name_meant"
_COST = 0.25
# A script with more constants that nobody reads keeps them for others, and each costs a trial.
_MOST = 6
_UNREAD = "a constant may be left unread on purpose"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The constant that nobody reads, in place of one of a like name in what the operands were made of."""
    operation = failed(evidence)
    ways = [evidence.origins.get(item.expression, ()) for item in operation.arguments] if operation is not None else []
    spans = dict.fromkeys(origin.span for way in ways for origin in way)
    found: list[Candidate] = []
    for span in spans:
        source, node = found_at(span)
        if source is None or node is None:
            continue
        constants = dict(_constants(source))
        unread = constants.keys() - {each.id for each in _reads(source.tree)}
        # The later one first: what is written again is what was copied.
        for read in sorted(_reads(node), key=lambda each: (-each.lineno, -each.col_offset)):
            place = source.span(read)
            found += [
                Candidate(f"{read.id} -> {other}", (Change(place, other),), (), _COST, _UNREAD)
                for other in sorted(unread)
                if read.id in constants and constants[other] != constants[read.id] and _are_alike(read.id, other)
            ]
    return found[:_MOST]


def _reads(tree: ast.AST) -> list[ast.Name]:
    return [each for each in walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]


def _constants(source: Source) -> Iterator[tuple[str, int]]:
    """The whole numbers that a file gives names to outside of its functions."""
    for line in source.tree.body:
        for name, value in values_given(line):
            if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and type(value.value) is int:
                yield name.id, value.value


def _are_alike(one: str, other: str) -> bool:
    """Whether one name says all that the other says: ``SIZE`` and ``REDUCED_SIZE``, not ``N_WORDS`` and ``N_TAGS``."""
    words = [set(each.lower().split("_")) for each in (one, other)]
    return words[0] <= words[1] or words[1] <= words[0]
