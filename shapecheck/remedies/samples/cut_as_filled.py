"""Lists that are filled up to one length and not cut to it, so that the longer ones stay longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.sources import Source, last_name, user_sources
from shapecheck.remedies.constructors.layers_in_turn import statement_behind
from shapecheck.remedies.widths.arithmetic import worked_out

_UNEQUAL = (r"equal size", r"different shapes|inconsistent", r"expected sequence of length", r"inhomogeneous shape")
_SAID = (r"of length (\d+) at dim 1 \(got (\d+)\)", r"got \[(\d+)\] at entry \d+ and \[(\d+)\]")
_OTHERS = "the length that is filled up to is not known, and other lists than these may be filled up to it"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(ids + [0] * (n - len(ids)))[:n]``, where no list of those that differ is shorter than ``n``."""
    lengths = _lengths(evidence) if says(evidence, *_UNEQUAL) is not None else set()
    found = []
    for source in user_sources(evidence) if len(lengths) > 1 else ():
        for change, most in _cuts(source):
            told = worked_out(evidence, source.span(most))
            if told is None or (type(told) is int and told <= min(lengths)):
                doubt = _OTHERS if told is None and not _is_told(evidence, most, min(lengths)) else ""
                found.append(Candidate(change.text.strip("\n ;"), (change,), (), _COST, doubt))
    return found


def _lengths(evidence: Evidence) -> set[int]:
    """The lengths of what could not be put together: of the fields of samples, of lists, or of tensors."""
    operation = failed(evidence, "stack", "tensor", "LongTensor", "FloatTensor", "as_tensor", "array", "asarray")
    fetched = next((frame.names["data"].items for frame in evidence.frames if frame.function == "fetch"), ())
    items = fetched or (operation.arguments[0].value.items if operation is not None and operation.arguments else ())
    if not items and operation is not None:
        items = tuple(each.value for each in tensors(operation))
    fields = [item.items if fetched and item.kind in ("tuple", "dict") else (item,) for item in items]
    columns = [{_length(value) for value in column} for column in zip(*fields, strict=False)]
    # Of what a comprehension gives only the exception tells.
    said = says(evidence, *_SAID)
    columns += [{int(each) for each in said.groups()}] if said is not None else []
    return next((column for column in columns if len(column) > 1 and -1 not in column), set())


def _length(value: Value) -> int:
    sizes = value.record.shape if value.record is not None else ()
    return sizes[0] if sizes else int(value.facts.get("len", -1))


def _is_told(evidence: Evidence, most: ast.expr, size: int) -> bool:
    """Whether the shortest has the length of which only the name is known, by a call of the script that tells it."""
    if not isinstance(most, ast.Attribute | ast.Name):
        return False
    given = (each for source in user_sources(evidence) for each in ast.walk(source.tree) if isinstance(each, ast.Call))
    told = (part for call in given for part in (*call.args, *(each.value for each in call.keywords)))
    return any(isinstance(part, ast.Constant) and part.value == size and type(part.value) is int for part in told)


def _cuts(source: Source) -> Iterator[tuple[Change, ast.expr]]:
    """Where a list is filled up: the change that cuts it as well, and the length."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            most = _filled_to(node.left, node.right)
            if most is not None and not isinstance(getattr(node, "parent", None), ast.Subscript):
                span, length = source.span(node), source.span(most).text
                yield Change(span, f"({span.text})[:{length}]"), most
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            most = _filled_to(node.target, node.value)
            up = getattr(node, "parent", None)
            is_asked = isinstance(up, ast.If) and up.body == [node] and not up.orelse
            if most is not None and (is_asked or not isinstance(up, ast.If)):
                last = up if isinstance(up, ast.If) else node
                yield statement_behind(source, last, _cut_line(source, node.target, most)), most
        elif isinstance(node, ast.While):
            test, most = node.test, None
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Lt) and len(test.ops) == 1:
                most = test.comparators[0]
            name = _counted(test.left) if isinstance(test, ast.Compare) else None
            calls = [each for part in node.body for each in ast.walk(part) if isinstance(each, ast.Call)]
            is_filled = len(node.body) == 1 and any(
                name is not None and ast.unparse(each.func) == f"{ast.unparse(name)}.append" for each in calls
            )
            if most is not None and name is not None and is_filled:
                yield statement_behind(source, node, _cut_line(source, name, most)), most


def _cut_line(source: Source, name: ast.expr, most: ast.expr) -> str:
    text = source.span(name).text
    return f"{text} = {text}[:{source.span(most).text}]"


def _filled_to(base: ast.expr, filling: ast.expr) -> ast.expr | None:
    """The length of ``[0] * (n - len(base))``; None where it is none."""
    if not isinstance(filling, ast.BinOp) or not isinstance(filling.op, ast.Mult):
        return None
    sides = (filling.left, filling.right)
    times = next((each for each in sides if not isinstance(each, ast.List)), None)
    is_list = sum(isinstance(each, ast.List) and len(each.elts) == 1 for each in sides) == 1
    if isinstance(times, ast.Call) and last_name(times.func) == "max" and len(times.args) == 2:
        times = next((each for each in times.args if not isinstance(each, ast.Constant)), None)
    if not is_list or not isinstance(times, ast.BinOp) or not isinstance(times.op, ast.Sub):
        return None
    counted = _counted(times.right)
    return times.left if counted is not None and ast.unparse(counted) == ast.unparse(base) else None


def _counted(node: ast.expr) -> ast.expr | None:
    """``x`` of ``len(x)``."""
    return node.args[0] if isinstance(node, ast.Call) and last_name(node.func) == "len" and node.args else None
