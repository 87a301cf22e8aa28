"""The size of an axis that einops is told by its letter: it is another one than the axis has, or does not divide it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.sources import home_around, node_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import literals

_COST = 0.0
_OTHERS = "the letter may stand for another size than the name, that of another tensor or of another axis"
_NEXT = 0.3
_WHICH = "the axis can be divided by other numbers as well, and its size may be the one that is wrong"
_REFUSED = r"can't divide axis of length (\d+) in chunks of (\d+)"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rearrange(x, "(b t) c -> b t c", t=t)`` where ``b, t, c = x.shape`` tells what the letters are."""
    operation, said = failed(evidence, "rearrange", "reduce", "repeat"), says(evidence, _REFUSED)
    if operation is None or operation.span is None or said is None or not operation.name.startswith("einops"):
        return []
    pattern = next((item.value.text for item in operation.arguments if item.role == "pattern"), "")
    told = [item for item in operation.arguments if item.keyword and item.value.text == said.group(2)]
    taken = set(_sizes_taken(node_at(operation.span)))
    found = [way for item in told for way in _ways(evidence, operation, item, pattern, taken - {item.expression})]
    return found or [way for item in told for way in _divisors(evidence, item, int(said.group(1)))]


def _divisors(evidence: Evidence, item: Argument, size: int) -> Iterator[Candidate]:
    """The numbers next to the one that is told by which the axis can be divided, where that is written down."""
    number = int(item.value.text)
    fitting = [each for each in range(2, size) if size % each == 0]
    nearest = sorted(fitting, key=lambda each: (abs(each - number), each))[:2]
    for place in list(literals(evidence, item.span))[:1] if item.span is not None else ():
        for far, new in enumerate(nearest):
            yield Candidate(f"{place.text} -> {new}", (Change(place, str(new)),), (), _NEXT + 0.05 * far, _WHICH)


def _ways(
    evidence: Evidence, operation: Operation, item: Argument, pattern: str, taken: set[str]
) -> Iterator[Candidate]:
    """The size that the function took of a tensor by this very letter, or that of the letter in the same brackets."""
    call, letter = operation.span, item.keyword
    groups = [each.split() for each in re.findall(r"\(([^()]*)\)", pattern.partition("->")[0])]
    group: list[str] = next((each for each in groups if letter in each), [])
    node = expression(call.text) if call is not None else None
    keyword = next((each for each in getattr(node, "keywords", ()) if each.arg == letter), None)
    if item.span is None or call is None or keyword is None or not group:
        return
    doubt = "" if _were_merged(evidence, operation, group) else _OTHERS
    if letter in taken:
        yield Candidate(f"{letter}={letter}", (Change(item.span, letter),), (), _COST, doubt)
    elif len(group) == 2:
        other = next(each for each in group if each != letter)
        if other in taken:
            text = f"{other}={other}"
            yield Candidate(text, (Change(piece(call, keyword), text),), (), _COST, doubt)


def _were_merged(evidence: Evidence, operation: Operation, group: list[str]) -> bool:
    """Whether axes of these letters were merged in what is taken apart: by a pattern, or a product of names."""
    merged = re.compile(rf"->.*\({' '.join(group)}\)|\b{r' *[*] *'.join(group)}\b")
    places = [item.span for item in tensors(operation) if item.span is not None]
    return any(merged.search(each.text) for each in spans_behind(evidence, *places))


def _sizes_taken(node: ast.AST | None) -> Iterator[str]:
    """The names that the function around a place gives to the sizes of a tensor: ``b, t, c = x.shape``."""
    home = home_around(node)
    for line in walk(home) if home is not None else ():
        if not isinstance(line, ast.Assign) or line.lineno >= getattr(node, "lineno", 0):
            continue
        text = ast.unparse(line.value)
        for target in line.targets:
            if isinstance(target, ast.Tuple) and re.search(r"\.(shape|size\(\))(\[[^\]]*:[^\]]*\])?$", text):
                yield from (each.id for each in target.elts if isinstance(each, ast.Name))
            elif isinstance(target, ast.Name) and re.search(r"\.(shape\[-?\d+\]|size\(-?\d+\))$", text):
                yield target.id
