"""The size of an axis that einops is told by its letter, and that is another one than the axis has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import home_around, node_at, walk

_COST = 0.0
_REFUSED = r"can't divide axis of length (\d+) in chunks of (\d+)"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rearrange(x, "(b t) c -> b t c", t=t)`` where ``b, t, c = x.shape`` tells what the letters are."""
    operation, said = failed(evidence, "rearrange", "reduce", "repeat"), says(evidence, _REFUSED)
    if operation is None or operation.span is None or said is None or not operation.name.startswith("einops"):
        return []
    pattern = next((item.value.text for item in operation.arguments if item.role == "pattern"), "")
    told = [item for item in operation.arguments if item.keyword and item.value.text == said.group(2)]
    taken = set(_sizes_taken(node_at(operation.span)))
    return [way for item in told for way in _ways(operation.span, item, pattern, taken - {item.expression})]


def _ways(call: Span, item: Argument, pattern: str, taken: set[str]) -> Iterator[Candidate]:
    """The size that the function took of a tensor by this very letter, or that of the letter in the same brackets."""
    letter, node = item.keyword, expression(call.text)
    groups = [each.split() for each in re.findall(r"\(([^()]*)\)", pattern.partition("->")[0])]
    group: list[str] = next((each for each in groups if letter in each), [])
    keyword = next((each for each in getattr(node, "keywords", ()) if each.arg == letter), None)
    if item.span is None or keyword is None or not group:
        return
    if letter in taken:
        yield Candidate(f"{letter}={letter}", (Change(item.span, letter),), (), _COST)
    elif len(group) == 2:
        other = next(each for each in group if each != letter)
        if other in taken:
            text = f"{other}={other}"
            yield Candidate(text, (Change(piece(call, keyword), text),), (), _COST)


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
