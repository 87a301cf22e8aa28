"""Maps that were turned to have their channels last, and viewed as if they had them first: ``view(n, classes, -1)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.applied import is_of_torch, written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.joined.joined_lists import appends, joined_list
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, last_name, node_at, source_of, walk

_COST = 0.0
_VIEWS = ("view", "reshape")
_TURNED = re.compile(r"permute\(\(?0, 2, (3, )?1\)|(transpose|swapaxes)\(1, (2|-1)\)|movedim\(1, -1\)")
NUMBERS_OF_A_PLACE = "the numbers of one place lie last, and such a view puts those of several places together"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The classes as the last axis, where the places were to be joined along the one in front of it."""
    return [found for call in _views(evidence) for found in _last(evidence, call)]


def takes_places_apart(evidence: Evidence, operation: Operation) -> bool:
    """Whether a view that was refused asks for such an axis of classes in front of places that lie in front of them."""
    return operation.span is not None and next(_last(evidence, operation.span), None) is not None


def _views(evidence: Evidence) -> Iterator[Span]:
    """The view that was refused; or those that filled a list which cannot be joined along its second axis."""
    operation, found = failed(evidence, "view"), joined_list(evidence)
    if operation is not None and operation.span is not None:
        yield operation.span
    joining = failed(evidence, "cat", "concat") if says(evidence, r"[Ss]izes of tensors must match") else None
    listed = joining.arguments[0].span if joining is not None and joining.arguments else None
    source = source_of(listed.file) if listed is not None else None
    node = node_at(listed)
    if source is None or listed is None:
        return
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield source.span(node.elt)
    if found is None or found.axis != 2 or any(len(shape) != 3 for shape in found.shapes):
        return
    for each in walk(function_around(node) or source.tree):
        if isinstance(each, ast.Call) and each.args and appends(each, listed.text):
            yield source.span(each.args[0])


def _last(evidence: Evidence, span: Span) -> Iterator[Candidate]:
    call = call_of(span)
    given = call.args[0].elts if call and len(call.args) == 1 and isinstance(call.args[0], ast.Tuple) else []
    given = given or (call.args if call is not None else [])
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _VIEWS or len(given) != 3:
        return
    base, many, rest = piece(span, call.func.value), piece(span, given[1]), piece(span, given[2])
    if rest.text != "-1" or many.text == "-1" or not _is_turned(evidence, base):
        return
    sizes = _sizes(evidence)
    count = worked_out(evidence, many)
    if sizes and (type(count) is not int or sizes[-1] % count or sizes[1] % count == 0):
        return
    text = f"{base.text}.reshape({piece(span, given[0]).text}, -1, {many.text})"
    doubt = "" if _is_joined(span) else "the classes may be wanted in front of the places"
    yield Candidate(text, (Change(span, text),), (), _COST, doubt)


def _is_turned(evidence: Evidence, base: Span) -> bool:
    """Whether a turn puts the channels last, with nothing but a copy behind it."""
    texts = [base.text, *(each.span.text for each in trace(evidence, base)[:1])]
    ends = [re.sub(r"\.(contiguous|clone|float)\(\)$", "", text) for text in texts]
    return any(re.search(f"({_TURNED.pattern})\\)?$", text + ")") for text in ends)


def _sizes(evidence: Evidence) -> tuple[int, ...]:
    operation = failed(evidence, *_VIEWS)
    item = operand(operation, "self", "input", "x")
    return sizes_of(item)


def _is_joined(span: Span) -> bool:
    """Whether what a view gives is put together with others along its second axis."""
    node = node_at(span)
    up = getattr(node, "parent", None)
    home = function_around(node)
    if home is None or node is None:
        return False
    for each in walk(home):
        if not isinstance(each, ast.Call) or last_name(each.func) not in ("cat", "concat") or not each.args:
            continue
        along = written_axis(each, int(not is_of_torch(each)))
        is_second = along is not None and ast.unparse(along) in ("1", "-2")
        listed = each.args[0]
        is_filled = isinstance(up, ast.Call) and appends(up, ast.unparse(listed))
        if is_second and (is_filled or any(part is node for part in walk(listed))):
            return True
    return False
