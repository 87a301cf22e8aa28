"""Positions that were divided, as those of a flat table by the length of its rows: divided so that they stay whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import bracketed, whole_number
from shapecheck.reading.failing import PICKS, failed, index_of, no_indices, operand
from shapecheck.reading.sources import found_at, home_around, is_named, last_name, names_in, node_at, parents, walk

# Below a cast where they are used, which leaves all the other readers what is no position.
_COST = 0.04
_COUNTED = ("argmax", "argmin", "argsort", "arange", "randint", "randperm", "nonzero", "long", "len", "size")
_FLOATS = ("float", "double", "half")
_MOVES = (
    "unsqueeze",
    "squeeze",
    "expand",
    "view",
    "reshape",
    "flatten",
    "repeat",
    "t",
    "transpose",
    "to",
    "cpu",
    "cuda",
)
_SIZES = ("shape", "size", "numel", "len")
_Division = ast.BinOp | ast.Call


def candidates(evidence: Evidence) -> list[Candidate]:
    """``flat // width`` for ``flat / width``, where what comes of it is an index."""
    operation = failed(evidence, *PICKS, "Embedding", "embedding")
    given = [index_of(operation), operand(operation, "input")] if operation is not None else []
    is_table = operation is not None and operation.name.lower().endswith("embedding")
    items = [given[is_table]] if given else []
    return [each for item in (*items, *no_indices(evidence)) if item for each in _of(evidence, item)]


def _of(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    record = item.value.record
    if record is None or not record.dtype.startswith("float") or item.span is None:
        return
    seen: set[Span] = set()
    found = dict(_divided(evidence, item.span, seen))
    changes = [_whole(span, node) for span, node in found.items()]
    # Of several nobody knows which made it what it is; what is reckoned with elsewhere keeps its fractions.
    if len(changes) == 1 and not any(map(_is_reckoned_with, seen)):
        yield Candidate(changes[0].text, (changes[0],), (Step("to", item.role, ("int64",)),), _COST)


def _divided(evidence: Evidence, place: Span, seen: set[Span]) -> Iterator[tuple[Span, _Division]]:
    """Where whole numbers are divided that are then only moved, counted up or handed on; the way there is noted."""
    following = [place]
    while following:
        span = following.pop(0)
        source, node = found_at(span)
        if span in seen or source is None or node is None:
            continue
        seen.add(span)
        if isinstance(node, ast.BinOp | ast.Call) and _is_division(evidence, node):
            yield span, node
        elif isinstance(node, ast.BinOp):
            # What is put to positions are whole numbers too.
            sides = ((node.left, node.right), (node.right, node.left))
            following += [source.span(one) for one, other in sides if _is_whole(evidence, other)]
        elif isinstance(node, ast.Subscript):
            following.append(source.span(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MOVES:
            following.append(source.span(node.func.value))
        else:
            following += [origin.span for origin in evidence.chains.get(span, ()) if origin.is_whole]


def _is_reckoned_with(span: Span) -> bool:
    """Whether a name that stands at a place is a part of a sum or product elsewhere in its function, and no index."""
    home = home_around(node_at(span)) if span.text.isidentifier() else None
    for read in walk(home):
        if is_named(read, span.text) and isinstance(read.ctx, ast.Load):
            part: ast.AST = read
            for up in parents(read):
                if isinstance(up, ast.stmt | ast.Call) or (isinstance(up, ast.Subscript) and part is up.slice):
                    break
                if isinstance(up, ast.BinOp):
                    return True
                part = up
    return False


def _is_division(evidence: Evidence, node: _Division) -> bool:
    """Whether it divides whole numbers by others, and gives what is between them too."""
    if isinstance(node, ast.BinOp):
        is_division = isinstance(node.op, ast.Div)
        return is_division and _is_whole(evidence, node.left) and _is_whole(evidence, node.right)
    if not isinstance(node.func, ast.Attribute) or node.keywords:
        return False
    is_division = ast.unparse(node.func) in ("torch.div", "torch.true_divide") and len(node.args) == 2
    return is_division and all(_is_whole(evidence, each) for each in node.args)


def _is_whole(evidence: Evidence, node: ast.expr) -> bool:
    """Whether an expression has whole numbers, by the dtypes of what it is made of."""
    if whole_number(node) is not None:
        return True
    calls = {last_name(each.func) for each in walk(node) if isinstance(each, ast.Call)}
    divides = any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div) for each in walk(node))
    if divides or calls & {*_FLOATS} or any(isinstance(each, ast.Constant) and _is_broken(each) for each in walk(node)):
        return False
    is_size = any(isinstance(each, ast.Attribute) and each.attr in _SIZES for each in walk(node))
    if calls & {*_COUNTED} or is_size:
        return True
    held = [evidence.held.get(name) for name in names_in(node) | {ast.unparse(node)}]
    kinds = [each for each in held if each is not None]
    tensors = [each.record.dtype for each in kinds if each.record is not None]
    numbers = [each.text for each in kinds if each.kind == "number"]
    is_known = bool(tensors or numbers)
    return is_known and all(each.startswith("int") for each in tensors) and all(map(str.isdecimal, numbers))


def _is_broken(node: ast.Constant) -> bool:
    return isinstance(node.value, float)


def _whole(span: Span, node: _Division) -> Change:
    parts = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args
    left, right = map(ast.unparse, parts)
    if isinstance(node, ast.Call):
        return Change(span, f'torch.div({left}, {right}, rounding_mode="floor")')
    return Change(span, f"{bracketed(left)} // {bracketed(right)}")
