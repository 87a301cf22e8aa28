"""What a loop goes over gives other things than its names take: without numbers, without names, one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import place_before, suffixed
from shapecheck.reading.failing import failed, says, value
from shapecheck.reading.givers import Given, givers
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import (
    function_around,
    is_named,
    last_name,
    names_in,
    node_at,
    parents,
    source_of,
    walk,
)
from shapecheck.reading.taken_apart import TakenApart, is_read_behind, taken_apart, taken_by

CAUSE = "parts_counted_otherwise"
_COST = -0.3
_WITH_NAMES = {
    "parameters": "named_parameters",
    "buffers": "named_buffers",
    "children": "named_children",
    "modules": "named_modules",
}
_ONE_OF_THEM = "the first name is read as a tensor and would be a key: one of what the table holds may be meant"
_ALIKE = "each of these has parts of its own, which may be what the names are for"
_UNKNOWN = "how many parts each item has is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another way to go over what was to be taken apart."""
    taken = taken_apart(evidence)
    if taken is None:
        return _numbered(evidence)
    held = value(failed(evidence), "value")
    given = givers(evidence, taken)
    ways = [
        *_with_names(evidence, taken, held),
        *_spread(taken),
        *_side_by_side(evidence, taken),
        *_counted(taken, given, held),
    ]
    return [*ways, *_begun(taken, given, held), *_counted_above(evidence, taken)]


def _with_names(evidence: Evidence, taken: TakenApart, held: Value | None) -> Iterator[Candidate]:
    """``table.items()`` for a table, and ``model.named_parameters()`` for ``model.parameters()``."""
    node = taken.value
    if not taken.is_each or len(taken.names) != 2:
        return
    asked = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    is_plain = isinstance(node, ast.Name | ast.Attribute) and held is not None and held.kind == "dict"
    if is_plain or asked == "state_dict":
        change = suffixed(taken.source.span(node), ".items()")
        is_batch = isinstance(taken.line, ast.For) and _is_read_as_tensor(evidence, taken.line, taken.names[0])
        yield Candidate(change.text, (change,), (), _COST, _ONE_OF_THEM if is_batch else "")
    elif asked in _WITH_NAMES and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        base = taken.source.span(node.func.value).text
        span = taken.source.span(node.func)
        text = f"{base}.{_WITH_NAMES[asked]}"
        yield Candidate(f"{text}()", (Change(span, text),), (), _COST)


def _spread(taken: TakenApart) -> Iterator[Candidate]:
    """``xs, ys = zip(*batch)`` for ``xs, ys = zip(batch)``."""
    node = taken.value
    is_zip = isinstance(node, ast.Call) and last_name(node.func) == "zip"
    if is_zip and isinstance(node, ast.Call) and not taken.is_each and len(node.args) == 1:
        span = taken.source.span(node.args[0])
        if not isinstance(node.args[0], ast.Starred):
            yield Candidate(f"zip(*{span.text})", (Change(place_before(span), "*"),), (), _COST)


def _side_by_side(evidence: Evidence, taken: TakenApart) -> Iterator[Candidate]:
    """``for x, y in zip(xs, ys)`` for ``for x, y in xs, ys``."""
    row = taken.value.elts if isinstance(taken.value, ast.Tuple) and taken.is_each else []
    if row and len(row) == len(taken.names) and not any(isinstance(each, ast.Tuple | ast.List) for each in row):
        span = taken.source.span(taken.value)
        text = span.text if span.text.startswith("(") else f"({span.text})"
        held = held_around(evidence, taken.source, taken.value)
        is_grouped = any(each.kind == "tuple" for one in row if (each := held.get(ast.unparse(one))) is not None)
        yield Candidate(f"zip{text}", (Change(span, f"zip{text}"),), (), _COST, _ALIKE if is_grouped else "")


def _counted(taken: TakenApart, given: tuple[Given, ...], held: Value | None) -> Iterator[Candidate]:
    """``for i, (x, y) in enumerate(loader)``, where the loop takes a number before the batch."""
    row = taken.target.elts
    if not taken.is_each or len(row) != 2 or not isinstance(row[0], ast.Name) or _is_counted(taken.value):
        return
    count = len(given[0].parts) if given and given[0].is_row else 0
    is_loader = held is not None and held.type == "DataLoader"
    if isinstance(row[1], ast.Tuple):
        wanted = len(row[1].elts)
    elif isinstance(row[1], ast.Name) and (wanted := _parts_wanted(taken, row[1].id)):
        pass
    else:
        return
    if count == wanted or (not given and is_loader):
        yield _enumerated(taken, "" if count == wanted else _UNKNOWN)


def _parts_wanted(taken: TakenApart, name: str) -> int:
    """Into how many names the loop takes one of its names apart itself; 0 where it does not."""
    lines = walk(taken.line) if isinstance(taken.line, ast.For) else ()
    rows = [each.targets[0] for each in lines if isinstance(each, ast.Assign) and is_named(each.value, name)]
    return next((len(each.elts) for each in rows if isinstance(each, ast.Tuple)), 0)


def _counted_above(evidence: Evidence, taken: TakenApart) -> Iterator[Candidate]:
    """The same where the batch has two parts, so that it is taken apart a second time: ``x, y = batch``."""
    loop = _loop_of(taken.value)
    above = taken_by(taken.source, loop.target) if loop is not None and isinstance(loop.target, ast.Tuple) else None
    if above is None or len(above.names) != 2 or not is_named(above.target.elts[1], ast.unparse(taken.value)):
        return
    given = givers(evidence, above)
    if given and len(given[0].parts) == len(taken.names) and not _is_counted(above.value):
        yield _enumerated(above, "")


def _loop_of(node: ast.expr) -> ast.For | None:
    """The loop that gives a name its value."""
    if not isinstance(node, ast.Name):
        return None
    loops = (up for up in parents(node) if isinstance(up, ast.For) and node.id in names_in(up.target))
    return next(loops, None)


def _enumerated(taken: TakenApart, doubt: str) -> Candidate:
    span = taken.source.span(taken.value)
    return Candidate(f"enumerate({span.text})", (Change(span, f"enumerate({span.text})"),), (), _COST, doubt)


def _is_counted(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in ("enumerate", "zip", "items")


def _begun(taken: TakenApart, given: tuple[Given, ...], held: Value | None) -> Iterator[Candidate]:
    """``x, y = next(iter(loader))`` for ``x, y = loader``."""
    if taken.is_each or held is None or held.type != "DataLoader" or given:
        return
    span = taken.source.span(taken.value)
    yield Candidate(f"next(iter({span.text}))", (Change(span, f"next(iter({span.text}))"),), (), _COST)


def _numbered(evidence: Evidence) -> list[Candidate]:
    """``for x, y in loader`` for ``for x, y in enumerate(loader)``, where ``x`` was to be a tensor and is a number."""
    if (
        says(evidence, r"must be Tensor, not int", r"'int' object has no attribute", r"'list' object has no attr")
        is None
    ):
        return []
    for frame in reversed(evidence.user_frames):
        node = node_at(frame.span)
        loops = [up for up in parents(node) if isinstance(up, ast.For) and function_around(up) is function_around(node)]
        for loop in loops:
            found = _unnumbered(evidence, loop, frame.span.file)
            if found is not None:
                return [found]
    return []


def _unnumbered(evidence: Evidence, loop: ast.For, file: str) -> Candidate | None:
    source, call = source_of(file), loop.iter
    if source is None or not isinstance(call, ast.Call) or last_name(call.func) != "enumerate" or len(call.args) != 1:
        return None
    row = loop.target
    if not isinstance(row, ast.Tuple) or len(row.elts) != 2 or not all(isinstance(one, ast.Name) for one in row.elts):
        return None
    inner = TakenApart(source, row, call.args[0], loop, is_each=True)
    given = givers(evidence, inner)
    names = [one.id for one in row.elts if isinstance(one, ast.Name)]
    if not given or not given[0].is_row or len(given[0].parts) != 2 or not is_read_behind(inner, names[0]):
        return None
    if _is_counted_with(loop, names[0]) or not _is_read_as_tensor(evidence, loop, names[0]):
        return None
    text = source.span(call.args[0]).text
    return Candidate(f"for {', '.join(names)} in {text}", (Change(source.span(call), text),), (), _COST)


def _is_read_as_tensor(evidence: Evidence, loop: ast.For, name: str) -> bool:
    """Whether a loop asks a name for an attribute, or gives it to a module as the first that it is given."""
    for each in walk(loop):
        if isinstance(each, ast.Attribute) and is_named(each.value, name):
            return True
        if isinstance(each, ast.Call) and each.args and is_named(each.args[0], name):
            held = evidence.held.get(ast.unparse(each.func))
            if (held is not None and held.kind == "module") or is_of_torch(each):
                return True
    return False


def _is_counted_with(loop: ast.For, name: str) -> bool:
    """Whether a name is read as a number: in a comparison or in arithmetic."""
    reads = [each for each in walk(loop) if is_named(each, name) and isinstance(each.ctx, ast.Load)]
    return any(isinstance(getattr(each, "parent", None), ast.Compare | ast.BinOp) for each in reads)
