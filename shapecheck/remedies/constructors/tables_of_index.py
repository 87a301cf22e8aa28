"""A table with a row for each item of one list, where the tokens are looked up in an index that holds more of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, call_of, expression, piece, whole_number
from shapecheck.reading.failing import failed, maker, number, operand
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import known_at, last_name, names_in, node_at, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_OF_OTHERS = "the index may be that of something else, and the tokens be what is to be looked up otherwise"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``len(index)`` for ``len(words)`` behind ``index = {w: i for i, w in enumerate(MARKS + words)}``."""
    operation = failed(evidence, "Embedding", "EmbeddingBag")
    item = operand(operation, "input") if operation is not None else None
    made = maker(evidence, operation) if operation is not None else None
    given = argument(made.span, "num_embeddings", 0) if made is not None else None
    if operation is None or item is None or item.span is None or given is None:
        return []
    if item.value.facts.get("max", 0) < number(operation, "num_embeddings"):
        return []
    told = [each for each in (given, *(origin.span for origin in trace(evidence, given, parts=True))) if _counted(each)]
    return [way for place in told[:1] for way in _ways(evidence, item.span, place)]


def _ways(evidence: Evidence, tokens: Span, place: Span) -> Iterator[Candidate]:
    counted, there = _counted(place), node_at(place)
    for name, first, listed in dict.fromkeys(_indices(evidence, tokens)):
        if counted is None or there is None or name == counted or name not in known_at(there):
            continue
        if counted == listed and not first:
            # The index has as many as the list.
            continue
        text = f"len({name})" if not first else f"len({name}) + {first}"
        own = expression(counted)
        is_part = own is not None and names_in(own) <= names_in(expression(listed))
        yield Candidate(text, (Change(place, text),), (), _COST, "" if is_part else _OF_OTHERS)


def _counted(place: Span) -> str | None:
    """What is counted where a number is ``len(words)``."""
    call = call_of(place)
    return ast.unparse(call.args[0]) if call is not None and last_name(call.func) == "len" and call.args else None


def _indices(evidence: Evidence, tokens: Span) -> Iterator[tuple[str, int, str]]:
    """The indices that tokens are looked up in: the name, the first number that it gives, and what it numbers."""
    for span in spans_behind(evidence, tokens):
        for node in walk(expression(span.text)):
            held = node.value if isinstance(node, ast.Subscript) else None
            if isinstance(node, ast.Call) and last_name(node.func) == "get" and isinstance(node.func, ast.Attribute):
                held = node.func.value
            for origin in trace(evidence, piece(span, held)) if isinstance(held, ast.Name) else ():
                for found in _numbered(expression(origin.span.text)):
                    yield held.id, *found  # type: ignore[union-attr]


def _numbered(made: ast.expr | None) -> Iterator[tuple[int, str]]:
    """The first number and the list of ``{w: i for i, w in enumerate(words)}``."""
    if not isinstance(made, ast.DictComp) or len(made.generators) != 1 or made.generators[0].ifs:
        return
    over, target = made.generators[0].iter, made.generators[0].target
    if not isinstance(over, ast.Call) or last_name(over.func) != "enumerate" or not isinstance(target, ast.Tuple):
        return
    begin = over.args[1] if len(over.args) > 1 else next((each.value for each in over.keywords), ast.Constant(0))
    first = whole_number(begin)
    if first is not None and over.args and ast.unparse(made.value) == ast.unparse(target.elts[0]):
        yield first, ast.unparse(over.args[0])
