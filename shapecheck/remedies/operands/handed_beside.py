"""One argument of a call of the script's own is merged, turned or cut, and the one that goes with it is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, found_at, function_of_line, last_name, node_at, parents, source_of, walk
from shapecheck.reading.vocabulary import COMPARISONS
from shapecheck.reading.ways_back import spans_behind

CAUSE = "cut_on_one_side_only"
_COST = 0.02
_EITHER = "what stands beside it may be what was to be cut as well"
_NOT_TURNED = "nothing in what is called goes along the first axis, and what was turned may be what was not to be"
_TURNS = (".t()", ".T", ".mT", ".transpose(0, 1)", ".transpose(1, 0)", ".permute(1, 0, 2)", ".swapaxes(0, 1)")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``criterion(scores.view(-1, n), labels.flatten())``, ``crf(scores.transpose(0, 1), mask.t())``."""
    operation = failed(evidence)
    places = [item.span for item in (operation.arguments if operation is not None else ()) if item.span is not None]
    behind = set(spans_behind(evidence, *places))
    frames = [frame for frame in evidence.frames if frame.is_user]
    found: list[Candidate] = []
    for frame, inner in reversed([*pairwise(frames)]):
        found += [*_beside(frame, inner, behind), *_whole(frame, behind), *_of_turned(evidence, frame, inner, behind)]
    return found


def _of_turned(evidence: Evidence, frame: Frame, inner: Frame, behind: set[Span]) -> Iterator[Candidate]:
    """What is made of the very thing that the one beside it was made of turned: ``words != 0``, of ``words.t()``."""
    source = source_of(frame.span.file)
    call = source.node_at(frame.span) if source is not None else None
    if source is None or not isinstance(call, ast.Call) or not _goes_along_first(inner):
        return
    given = [*call.args, *(each.value for each in call.keywords if each.arg)]
    for item in given:
        sizes, base = _sizes(frame, item)[:2], _compared(item)
        if len(sizes) < 2 or sizes[0] == sizes[1] or source.span(item) not in behind:
            continue
        others = [each for each in given if each is not item and _sizes(frame, each)[:2] == sizes[::-1]]
        made = [span for each in others for span in spans_behind(evidence, source.span(each))]
        parts = (node for span in made if (root := node_at(span)) is not None for node in walk(root))
        kinds = [_kind(source, node) for node in parts if isinstance(node, ast.expr)]
        if any(kind == "turned" and ast.unparse(of) == ast.unparse(base) for kind, of in kinds):
            change = suffixed(source.span(item), _as("turned", len(_sizes(frame, item))))
            yield Candidate(change.text, (change,), (), _COST)


def _beside(frame: Frame, inner: Frame, behind: set[Span]) -> Iterator[Candidate]:
    source, call = found_at(frame.span)
    if source is None or not isinstance(call, ast.Call):
        return
    given = [*call.args, *(each.value for each in call.keywords if each.arg)]
    kinds = [_kind(source, each) for each in given]
    for item, (kind, _) in zip(given, kinds, strict=True):
        sizes = _sizes(frame, item)
        if kind or len(sizes) < 2 or source.span(item) not in behind:
            continue
        # A sibling of the same first two axes tells how they were to be handed on.
        beside = {found for found, base in kinds if found and _sizes(frame, base)[:2] == sizes[:2]}
        if len(beside) == 1 and sizes[0] != sizes[1]:
            way = beside.pop()
            change = suffixed(source.span(item), _as(way, len(sizes)))
            is_sure = way == "merged" or [found for found, _ in kinds].count(way) > 1 or _goes_along_first(inner)
            yield Candidate(change.text, (change,), (), _COST, "" if is_sure else _NOT_TURNED)


def _goes_along_first(frame: Frame) -> bool:
    """Whether a function takes one position of the first axis of what it is given after the other: ``x[t]``."""
    source = source_of(frame.span.file)
    home = function_of_line(source, frame.span.line)
    names = {each.arg for each in home.args.args} if home is not None else set()
    for each in walk(home):
        is_one = isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Name | ast.Constant | ast.BinOp)
        if isinstance(each, ast.Subscript) and is_one and ast.unparse(each.value) in names:
            return True
        over = each.iter if isinstance(each, ast.For | ast.comprehension) else None
        parts = over.args if isinstance(over, ast.Call) and last_name(over.func) in ("zip", "enumerate") else [over]
        if any(isinstance(part, ast.Name) and part.id in names for part in parts):
            return True
    return False


def _whole(frame: Frame, behind: set[Span]) -> Iterator[Candidate]:
    """What was cut on the spot without the cut, where it then is as long as what is handed on beside it."""
    source, call = found_at(frame.span)
    if source is None or not isinstance(call, ast.Call):
        return
    given = [*call.args, *(each.value for each in call.keywords if each.arg)]
    beside = {_sizes(frame, each)[:2] for each in given if isinstance(each, ast.Name)}
    for item in given:
        if not isinstance(item, ast.Subscript) or source.span(item) not in behind or not _is_cut(item):
            continue
        sizes, index = _sizes(frame, item.value)[:2], ast.unparse(item.slice)
        # What is made of the whole is cut so afterwards: there the cut has its place.
        ups = [up for up in parents(call) if isinstance(up, ast.Subscript)]
        doubt = "" if any(ast.unparse(up.slice) == index for up in ups) else _EITHER
        if len(sizes) == 2 and sizes in beside:
            text = source.span(item.value).text
            yield Candidate(text, (Change(source.span(item), text),), (), _COST + 0.2 * bool(doubt), doubt)


def _is_cut(node: ast.Subscript) -> bool:
    """Whether some steps of all samples are taken: ``x[:, -n:]``."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return len(parts) == 2 and all(isinstance(each, ast.Slice) for each in parts)


def _as(kind: str, count: int) -> str:
    if kind == "merged":
        return ".flatten()" if count == 2 else ".flatten(0, 1)"
    return ".t()" if count == 2 else ".transpose(0, 1)"


def _kind(source: Source, node: ast.expr) -> tuple[str, ast.expr]:
    """What was done to the first two axes of an argument on the spot, ``"merged"`` or ``"turned"``, and of what."""
    if isinstance(node, ast.Attribute) and f".{node.attr}" in _TURNS:
        return "turned", node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return "", node
    base, texts = node.func.value, [ast.unparse(each) for each in node.args]
    text, first = source.span(node).text, source.span(base).text
    behind = text.removeprefix(first).removeprefix(f"({first})")
    if behind in _TURNS:
        return "turned", _plain(base)
    is_rows = last_name(node.func) in ("view", "reshape") and texts[:1] == ["-1"] and len(texts) == 2
    is_merged = is_rows or (last_name(node.func) == "flatten" and texts == ["0", "1"])
    return ("merged", _plain(base)) if is_merged else ("", node)


def _plain(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call) and last_name(node.func) == "contiguous" and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node


def _compared(node: ast.expr) -> ast.expr:
    """What is compared with one number, or the expression itself."""
    if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant | ast.Name):
        return node.left
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1
    if is_call and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr in COMPARISONS else node
    return node


def _sizes(frame: Frame, node: ast.expr) -> tuple[int, ...]:
    """The shape of a name, or of a name that is compared with one number."""
    return sizes_of(frame.names.get(ast.unparse(_compared(node))))
