"""A tensor that a module makes in its first call and keeps, where a later call has another size: made anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sources import (
    Source,
    class_around,
    home_of_crash,
    last_name,
    names_in,
    parameters,
    parents,
    walk,
)
from shapecheck.reading.vocabulary import DRAWN_LIKE

_COST = 0.03
_DRAWN = ("rand", "randn", "randint", "randperm", *DRAWN_LIKE, "empty", "Parameter", "normal_", "uniform_")
_ASKED_TOO = ("device", "dtype")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``if self.mask is None or self.mask.size(0) != x.size(1):``."""
    operation, frame = failed(evidence), evidence.user_frame
    source, function = home_of_crash(evidence)
    if operation is None or frame is None or source is None or function is None:
        return []
    sizes = {size for item in tensors(operation) for size in sizes_of(item)}
    found: list[Candidate] = []
    for test in walk(function):
        name = _kept(test.test) if isinstance(test, ast.If) and not test.orelse else ""
        shape = sizes_of(frame.names.get(name)) if name else ()
        if not isinstance(test, ast.If) or not shape or test.lineno > frame.span.line or name not in frame.span.text:
            continue
        if not _is_made_of_sizes(test, function, name):
            continue
        asked = {text: size for text, size in _asked(frame, test, function) if size in sizes and size not in shape}
        axis = _axis(shape, frame, test, function)
        if len(set(asked.values())) == 1 and axis is not None:
            found.append(_made_anew(source, test, f"{name}.size({axis}) != {next(iter(asked))}"))
    return found


def _made_anew(source: Source, test: ast.If, condition: str) -> Candidate:
    span = source.span(test.test)
    before = span.text if isinstance(test.test, ast.Compare | ast.UnaryOp) else bracketed(span.text)
    return Candidate(condition, (Change(span, f"{before} or {condition}"),), (), _COST)


def _kept(test: ast.expr) -> str:
    """What is made where it is not there yet: ``self.mask`` of ``self.mask is None`` and of ``hasattr``."""
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.Eq) and len(test.ops) == 1:
        text = ast.unparse(test.left)
        return text if ast.unparse(test.comparators[0]) == "None" and text.startswith("self.") else ""
    asked = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
    if isinstance(asked, ast.Call) and last_name(asked.func) == "hasattr" and len(asked.args) == 2:
        name = asked.args[1].value if isinstance(asked.args[1], ast.Constant) else None
        return f"self.{name}" if ast.unparse(asked.args[0]) == "self" and isinstance(name, str) else ""
    return ""


def _is_made_of_sizes(test: ast.If, function: ast.FunctionDef, name: str) -> bool:
    """Whether it is made there alone, and of nothing but sizes, so that it is the same whenever these are."""
    inside = [each for line in test.body for each in walk(line)]
    pairs = [pair for each in walk(class_around(function)) for pair in values_given(each)]
    values = [value for target, value in pairs if ast.unparse(target) == name]
    made = [value for value in values if ast.unparse(value) != "None"]
    if not made or any(value not in inside for value in made):
        return False
    if any(isinstance(each, ast.Call) and last_name(each.func) in _DRAWN for each in inside):
        return False
    given = {*parameters(function)} - {"self"}
    return all(_is_asked(each) for each in inside if isinstance(each, ast.Name) and each.id in given)


def _is_asked(name: ast.Name) -> bool:
    """Whether a tensor is asked for a size, or for where it lies, and not for its numbers."""
    ups = list(parents(name))[:2]
    return any(ASKED.fullmatch(ast.unparse(up)) for up in ups if isinstance(up, ast.expr)) or (
        isinstance(ups[0], ast.Attribute) and ups[0].attr in _ASKED_TOO
    )


def _asked(frame: Frame, test: ast.If, function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """The sizes that it was made of, as they can be read in front of it, and what they are now."""
    for each in (each for line in test.body for each in walk(line)):
        found = ASKED.fullmatch(ast.unparse(each)) if isinstance(each, ast.Call | ast.Subscript) else None
        if found is not None:
            held = sizes_of(frame.names.get(found.group(1) or found.group(4)))
            axis = int(found.group(2) or found.group(3) or 0)
            if (found.group(1) or found.group(4)) in parameters(function) and -len(held) <= axis < len(held):
                yield ast.unparse(each), held[axis]
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each.id in _set_before(test, function):
            number = frame.names.get(each.id)
            if number is not None and number.kind == "number" and number.text.isdecimal():
                yield each.id, int(number.text)


def _set_before(test: ast.If, function: ast.FunctionDef) -> set[str]:
    pairs = [pair for each in walk(function) for pair in values_given(each)]
    return {name for target, _ in pairs if target.lineno < test.lineno for name in names_in(target)}


def _axis(shape: Shape, frame: Frame, test: ast.If, function: ast.FunctionDef) -> int | None:
    """The axis that had another size in the first call: none of the sizes that it is made of now is as long."""
    now = {size for _, size in _asked(frame, test, function)}
    axes = [axis for axis, size in enumerate(shape) if size > 1 and size not in now]
    return axes[0] if axes and len({shape[axis] for axis in axes}) == 1 else None
