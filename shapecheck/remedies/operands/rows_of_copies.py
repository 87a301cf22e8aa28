"""Rows that go with several copies of each, ``torch.zeros(n * beams, t)``: every one as often as there are copies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, expression, operands_of, piece
from shapecheck.reading.failing import Shape, failed, kind, operand
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of, spreads
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import class_around, last_name, node_at, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
# The first axis of what comes out, made of two.
_ROWS = re.compile(r"->\s*\((\w+) (\w+)\)")
_PRODUCTS = ("bmm", "baddbmm", "matmul")
_ORDER = "the copies of a row may be meant to lie one behind the other, or all rows to be repeated as a whole"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``src.repeat_interleave(beams, dim=0)`` where the script takes the rows apart as ``view(n, beams, -1)``."""
    said, storing = stored(evidence), failed(evidence, "__setitem__")
    value, buffer = operand(storing, "value"), operand(storing, "self")
    if value is not None and buffer is not None and said is not None:
        return list(_copied(evidence, value, buffer, said[0])) if said[1][1:] == said[0][1:] else []
    operation = failed(evidence, *ELEMENTWISE, *JOINS, *_PRODUCTS)
    return [
        found
        for item, other in both_ways(operation)
        if operation is not None and _go_together(kind(operation), sizes_of(item), sizes_of(other))
        for found in _copied(evidence, item, other, sizes_of(other))
    ]


def _go_together(name: str, own: Shape, wanted: Shape) -> bool:
    """Whether two operands would go together if one had as many rows as the other."""
    if len(own) != len(wanted) or len(own) < 2:
        return False
    return name in (*JOINS, *_PRODUCTS) or spreads((wanted[0], *own[1:]), wanted)


def _copied(evidence: Evidence, item: Argument, other: Argument, wanted: Shape) -> Iterator[Candidate]:
    rows = sizes_of(item)[0] if sizes_of(item) else 0
    if item.span is None or other.span is None or len(sizes_of(item)) != len(wanted) or rows < 2:
        return
    times, rest = divmod(wanted[0], rows)
    for span in spans_behind(evidence, other.span) if not rest and times > 1 else ():
        for node in walk(expression(span.text)):
            folded = _folded(node)
            if folded is not None and str(_count(evidence, piece(span, folded[0]))) == str(times):
                yield _candidate(item, ast.unparse(folded[0]), times, is_whole=folded[1])
                return
            sides = operands_of(node, ast.Mult) if isinstance(node, ast.BinOp) else []
            counts = [_count(evidence, piece(span, each)) for each in sides]
            if len(sides) != 2 or sorted(map(str, counts)) != sorted((str(rows), str(times))):
                continue
            first, second = map(ast.unparse, sides)
            # Where both are the same number, the samples are counted first.
            samples, copies = (first, second) if counts[0] == rows else (second, first)
            apart = set(_taken_apart(item.span, samples, copies))
            is_whole = apart == {(copies, samples)}
            yield _candidate(item, copies, times, is_whole=is_whole).doubted("" if len(apart) == 1 else _ORDER)
            return


def _candidate(item: Argument, copies: str, times: int, *, is_whole: bool) -> Candidate:
    """All rows repeated as a whole, or the copies of each one behind the other."""
    assert item.span is not None
    axes = len(sizes_of(item))
    behind = f".repeat({copies}{', 1' * (axes - 1)})"
    steps = [Step("repeat", item.role, (times, *(1,) * (axes - 1)))]
    if not is_whole:
        behind, steps = f".repeat_interleave({copies}, dim=0)", [Step("repeat_interleave", item.role, (times, 0))]
    text = bracketed(item.span.text) + behind
    trial = tuple(steps) if item.role != "value" else ()
    return Candidate(text, (Change(item.span, text),), trial, _COST)


def _folded(node: ast.AST) -> tuple[ast.expr, bool] | None:
    """How many copies einops folds into the rows, and whether all rows lie there as a whole: ``(h b)`` of h=heads."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in ("rearrange", "Rearrange"):
        return None
    pattern = next((each.value for each in node.args if isinstance(each, ast.Constant)), "")
    letters = _ROWS.search(pattern) if isinstance(pattern, str) else None
    told = {each.arg: each.value for each in node.keywords}
    known = [letters[at] in told for at in (1, 2)] if letters is not None else []
    return (told[letters[1 if known[0] else 2]], known[0]) if letters is not None and sum(known) == 1 else None


def _taken_apart(place: Span, samples: str, copies: str) -> Iterator[tuple[str, str]]:
    """In which order the class around a place, or its file, makes two axes of the rows: ``view(n, beams, -1)``."""
    node = node_at(place)
    home = class_around(node)
    root = home if home is not None else next(iter(_roots(node)), None)
    for each in walk(root):
        if isinstance(each, ast.Call) and last_name(each.func) in ("view", "reshape", "unflatten"):
            sizes = [each for arg in each.args for each in (arg.elts if isinstance(arg, ast.Tuple) else [arg])]
            # ``view(n, beams * words)``: the copies stand in front of what they are merged with.
            parts = [operands_of(each, ast.Mult)[:1] if isinstance(each, ast.BinOp) else [each] for each in sizes]
            texts = [ast.unparse(each) for found in parts for each in found]
            pairs = pairwise(texts)
            yield from (pair for pair in pairs if sorted(pair) == sorted((samples, copies)))


def _roots(node: ast.AST | None) -> Iterator[ast.AST]:
    while node is not None:
        if isinstance(node, ast.Module):
            yield node
        node = getattr(node, "parent", None)


def _count(evidence: Evidence, span: Span) -> object:
    """The number that a factor is: as the function holds it, as a tensor is asked for it, or as the script says."""
    held = evidence.held.get(span.text)
    if held is not None and held.text.isdecimal():
        return int(held.text)
    asked = ASKED.fullmatch(span.text)
    sizes = sizes_of(evidence.held.get(asked.group(1) or asked.group(4))) if asked is not None else ()
    axis = int(asked.group(2) or asked.group(3) or 0) if asked is not None else 0
    return sizes[axis] if -len(sizes) <= axis < len(sizes) else worked_out(evidence, span)
