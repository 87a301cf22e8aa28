"""What numbers that left torch are held against: the expressions beside them, in the functions they come to."""

from __future__ import annotations

import ast
import re
from collections import ChainMap
from collections.abc import Iterator
from itertools import pairwise
from types import FrameType

from shapecheck.capture.crashes.scopes import own_nodes
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.capture.recording.leaving import Leaving
from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.sources import items_of, last_name, names_in, node_at, parents

# What hands numbers on, row by row.
_SAME = frozenset(
    ["concatenate", "array", "asarray", "stack", "vstack", "hstack", "list", "argmax", "round", "rint", "astype",
     "reshape", "ravel", "flatten", "squeeze", "tolist", "numpy", "cpu", "detach", "copy", "sigmoid", "exp", "where",
     "cat", "chain", "from_iterable", "extend", "append", "around", "float32", "float64", "int64"]
)  # fmt: skip
# Words in the names of functions that hold each guess against its label; others may ask of two distributions as such.
_PAIRS = re.compile(
    r"(?:bal|top\d*)?acc|accurac(?:y|ies)|(?:pr|roc)?aucs?|auroc|roc|f1(?:score)?s?|precisions?|recalls?|confusions?|"
    r"reports?|n?r?mse|mae|mape|r2|errors?|err|loss(?:es)?|scores?|scorers?|scoring|kappa|matthews|mcc|corr|corrcoef|"
    r"correct|correlations?|pearsonr?|spearmanr?|brier|hamming|jaccard|m?ious?|dice|metrics?|zip|allclose|"
    r"evaluat(?:e|es|ed|ing|ion|or)"
)
# ``f1_score``, ``meanIoU``, ``BinaryF1Score``.
_WORDS = re.compile(r"IoUs?|[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_MOST = 40


def held_against(leaving: Leaving) -> Iterator[tuple[ast.expr, object]]:
    """What stands beside the numbers, in a comparison, in arithmetic or as an argument: the source, and its value."""
    for names, _, at, inside in _read(leaving):
        for expression in _beside(at, inside):
            yield expression, names.get(expression)


def met_one_by_one(leaving: Leaving) -> Iterator[tuple[str, ast.expr, tuple[object, object]]]:
    """Arithmetic and comparisons of the numbers with something else: the file, the source, and both values."""
    for names, spot, at, inside in _read(leaving):
        pair: tuple[ast.expr, ...] = ()
        if isinstance(at, ast.BinOp):
            pair = at.left, at.right
        elif isinstance(at, ast.Compare) and len(at.comparators) == 1:
            pair = at.left, at.comparators[0]
        if inside in pair and isinstance(at, ast.expr):
            one, other = (names.get(each) for each in pair)
            yield spot.code.co_filename, at, (one, other)


def _read(leaving: Leaving) -> Iterator[tuple[Evaluator, Spot, ast.AST, ast.AST]]:
    """What reads the numbers, with the part of it that does, and what is known there; in the callers as well."""
    target: ast.AST | None = node_at(leaving.spot.span)
    spot, frames = leaving.spot, leaving.frames
    while target is not None and frames:
        names, is_returned = _names(frames), False
        uses = [*_uses(target, scope_of(target))]
        if any(_puts_elsewhere(at, inside) for at, inside in uses):
            # Rows that are moved by an index may have been put where they belong.
            return
        for at, inside in uses:
            yield names, spot, at, inside
            is_returned |= isinstance(at, ast.Return | ast.Yield)
        if not is_returned or spot.caller is None:
            return
        spot, frames = spot.caller, frames[1:]
        target = node_at(spot.span)


def _names(frames: tuple[FrameType, ...]) -> Evaluator:
    """What is known in a frame; a comprehension has only the names that it uses."""
    maps = [frames[0].f_locals]
    for before, frame in pairwise(frames):
        if not before.f_code.co_name.startswith("<") or before.f_code.co_name == "<module>":
            break
        maps.append(frame.f_locals)
    return Evaluator(ChainMap(*map(dict, maps), frames[0].f_globals))


def scope_of(node: ast.AST) -> ast.AST:
    """The function that a node stands in, or the file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    return next((up for up in parents(node) if isinstance(up, kinds)), node)


def _uses(target: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The operations that read some numbers, or what keeps them, with the part of each that does."""
    open_nodes, known = [target], set[str]()
    done = 0
    while open_nodes and done < _MOST:
        inside = open_nodes.pop(0)
        done += 1
        for up in parents(inside):
            yield up, inside
            given = _given(up, inside)
            if given - known:
                known |= given
                open_nodes += [
                    node
                    for node in own_nodes(scope)
                    if isinstance(node, ast.Name) and node.id in given and isinstance(node.ctx, ast.Load)
                ]
            if isinstance(up, ast.stmt) or not _hands_on(up, inside):
                break
            inside = up


def _given(up: ast.AST, inside: ast.AST) -> set[str]:
    """The names that hold it from there on, in the order in which it came."""
    if isinstance(up, ast.Assign):
        return {name for target in up.targets for name in _in_turn(target)}
    if isinstance(up, ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
        return _in_turn(up.target) if up.value is inside else set()
    is_put = isinstance(up, ast.Call) and isinstance(up.func, ast.Attribute) and up.func.attr in ("append", "extend")
    if is_put and isinstance(up, ast.Call) and isinstance(up.func, ast.Attribute) and up.func.value is not inside:
        return {up.func.value.id} if isinstance(up.func.value, ast.Name) else set()
    return set()


def _in_turn(target: ast.expr) -> set[str]:
    """The names of what is filled; nothing where rows are put into places that an index says."""
    if isinstance(target, ast.Subscript) and _is_cut(target):
        return names_in(target.value)
    return names_in(target) if isinstance(target, ast.Name | ast.Tuple) else set()


def _puts_elsewhere(up: ast.AST, inside: ast.AST) -> bool:
    """Whether rows are taken, or put into places, by an index that may give them another order."""
    targets = up.targets if isinstance(up, ast.Assign) else [up.target] if isinstance(up, ast.AugAssign) else []
    if any(isinstance(each, ast.Subscript) and not _is_cut(each) for each in targets):
        return True
    return isinstance(up, ast.Subscript) and up.value is inside and not _is_cut(up)


def _is_cut(node: ast.Subscript) -> bool:
    """Whether rows are taken, or filled, one after the other."""
    parts = items_of(node.slice)
    return all(isinstance(part, ast.Slice | ast.Constant) for part in parts)


def _hands_on(up: ast.AST, inside: ast.AST) -> bool:
    if isinstance(up, ast.Call):
        return last_name(up.func) in _SAME and (up.func is inside or inside in up.args)
    if isinstance(up, ast.Subscript):
        return up.value is inside and _is_cut(up)
    return isinstance(
        up,
        ast.Attribute | ast.Starred | ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp | ast.Compare | ast.BinOp
        | ast.UnaryOp | ast.IfExp,
    )  # fmt: skip


def _beside(up: ast.AST, inside: ast.AST) -> Iterator[ast.expr]:
    """The other operands of what holds some numbers against something, row by row."""
    if isinstance(up, ast.Compare):
        others = [up.left, *up.comparators]
    elif isinstance(up, ast.BinOp):
        others = [up.left, up.right]
    elif isinstance(up, ast.Call) and _is_of_pairs(last_name(up.func)):
        others = [*up.args, *(each.value for each in up.keywords)]
    else:
        return
    if inside in others:
        for other in others:
            if other is not inside:
                yield from _row_by_row(other)


def _is_of_pairs(name: str) -> bool:
    """Whether one of the words in the name of a function is that of a measure."""
    return any(_PAIRS.fullmatch(word.lower()) for word in _WORDS.findall(name))


def _row_by_row(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression whose rows are rows of it."""
    yield node
    if isinstance(node, ast.Compare):
        for part in (node.left, *node.comparators):
            yield from _row_by_row(part)
    elif isinstance(node, ast.BinOp):
        yield from _row_by_row(node.left)
        yield from _row_by_row(node.right)
    elif isinstance(node, ast.UnaryOp):
        yield from _row_by_row(node.operand)
    elif isinstance(node, ast.Call) and last_name(node.func) in _SAME:
        inner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        for part in (*inner, *node.args):
            yield from _row_by_row(part)
