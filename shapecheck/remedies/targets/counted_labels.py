"""Labels that are counted from another number than 0, moved where all that read them get them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Frame, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, line_after, piece, suffixed, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, Shape, failed, operand
from shapecheck.reading.handed_on import Place, base_of, common_place, is_read_behind, is_read_elsewhere
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import (
    Loop,
    Source,
    found_at,
    is_named,
    last_name,
    node_at,
    parents,
    receivers,
    source_of,
    walk,
)
from shapecheck.reading.vocabulary import ARRAYS, TENSORS

FROM_ONE_OR_MORE = "the labels may be counted from one, or the model may lack a class"
READ_ELSEWHERE = "something else reads the labels too, as they are"
# Labels for each class from which on one that is never there tells something.
OFTEN = 3


def counted_from_one(evidence: Evidence, target: Argument, least: int, most: int, count: int) -> Iterator[Candidate]:
    """Labels from 1 to the number of classes, one less."""
    if least < 1 or most != count:
        return
    seen = whole_labels(evidence, count)
    if seen is not False:
        yield from moved(evidence, target, -1, cost=0.1, doubt="" if seen else FROM_ONE_OR_MORE)


def moved(evidence: Evidence, target: Argument, by: int, *, cost: float, doubt: str = "") -> Iterator[Candidate]:
    """All labels a few higher or lower, the likeliest place first.

    Where they leave what makes them, everybody else who reads them, such as a comparison with the guesses, gets them
    moved as well. A script that adds the difference to its guesses wants them as they are: there it is the loss alone.

    Args:
        evidence: The problem.
        target: The labels as the loss was given them.
        by: What to add.
        cost: What it costs.
        doubt: What else may have been meant.
    """
    suffix = f" + {by}" if by > 0 else f" - {-by}"
    trial = (Step("add", target.role, (by,)),)
    source, node = found_at(target.span)
    if source is None or node is None or target.span is None:
        return
    kept = _moves_guesses(source, node, -by)
    place = common_place(evidence, target)
    if place is not None:
        where = source_of(place.behind.file) if place.behind is not None else None
        is_read = where is not None and is_read_behind(where, place)
        if is_read or (not kept and _moves_any_guess(source, -by)):
            doubt = doubt or READ_ELSEWHERE
        changes = _changes(place, suffix)
        text = changes[0].text.strip()
        title = f"{place.name} = {text}" if place.name and place.behind is None else text
        yield Candidate(title, changes, trial, cost + (0.5 if kept else 0.0), doubt)
    if not kept and is_read_elsewhere(source, node):
        doubt = doubt or READ_ELSEWHERE
    change = suffixed(target.span, suffix)
    yield Candidate(change.text, (change,), trial, cost + (0.0 if kept else 0.5), doubt)


def whole_labels(evidence: Evidence, count: int) -> bool | None:
    """Whether all labels of the script, not only those of this batch, are counted from one; None if that is not known.

    Args:
        evidence: The problem.
        count: How many classes there are.
    """
    given = failed(evidence, *INDEX_LOSSES)
    target = operand(given, "target")
    here = prod(target.value.record.shape) if target is not None and target.value.record is not None else 0
    larger: dict[str, list[bool]] = {}
    for name, frame in _label_names(evidence, count):
        held = frame.names[name]
        if held.record is not None and prod(held.record.shape) > here:
            # The same field of several data sets is one thing, another field is perhaps none of labels.
            field = name.rpartition(".")[2] if "." in name else ""
            larger.setdefault(field, []).append(held.facts.get("min", 0) >= 1)
    if not larger:
        least = target.value.facts.get("min", 0) if target is not None else 0
        # So many labels of this batch, or all that there are, and none of them is 0.
        enough = here >= OFTEN * count or (here > count and target is not None and _are_all(evidence, target))
        return True if least >= 1 and enough else None
    told = {all(each) for each in larger.values()}
    return told.pop() if len(told) == 1 else None


def _are_all(evidence: Evidence, target: Argument) -> bool:
    """Whether labels were made in one go of all records that the script has, and not in the rounds of a loop."""
    origins = trace(evidence, target.span, parts=True)
    nodes = [node_at(each.span) for each in origins]
    made = nodes[-1] if nodes else None
    if not isinstance(made, ast.Call) or last_name(made.func) not in (*TENSORS, *ARRAYS) or not made.args:
        return False
    walks = isinstance(made.args[0], ast.ListComp)
    around = [up for node in nodes for up in parents(node)]
    in_loop = any(isinstance(up, Loop | ast.comprehension | ast.ListComp | ast.Lambda) for up in around)
    return walks and None not in nodes and not in_loop


def bounds_of(evidence: Evidence, target: Argument) -> list[int]:
    """What the labels were made to stay below, as far as it is told: ``torch.randint(20, (n,))``."""
    made = [each.span for each in evidence.origins.get(target.expression, ())]
    spans = dict.fromkeys((*made, *spans_of(evidence, target.span, through=True)))
    bounds = [(span, bound) for span in spans for bound in _bounds(expression(span.text)) if bound is not None]
    found = [worked_out(evidence, piece(span, bound)) for span, bound in bounds]
    return [each for each in found if type(each) is int]


def made_below(evidence: Evidence, target: Argument, count: int, classes: int) -> bool:
    """Whether the labels were made as numbers below a count that is told: ``torch.arange(n) % kinds``.

    Where others lie beside them of which there are as many kinds as scores, these may be the ones that were meant.
    """
    others = (held for name, held in evidence.held.items() if name != target.expression)
    if any(dtype_of(held) == "int64" and _are_below(held, sizes_of(target), classes) for held in others):
        return False
    return count in bounds_of(evidence, target)


def _are_below(held: Value, sizes: Shape, classes: int) -> bool:
    least, most = held.facts.get("min", -1), held.facts.get("max", classes)
    return sizes_of(held) == sizes and 0 <= least <= most < classes


def _bounds(node: ast.expr | None) -> Iterator[ast.expr | None]:
    """What numbers were made to stay below, in an expression that makes them."""
    for each in receivers(node) if node is not None else ():
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mod):
            yield each.right
        elif isinstance(each, ast.Call) and last_name(each.func) == "randint":
            named = {word.arg: word.value for word in each.keywords}
            given = [part for part in each.args[:2] if not isinstance(part, ast.Tuple)]
            yield named.get("high", given[-1] if given else None)


def _label_names(evidence: Evidence, count: int) -> Iterator[tuple[str, Frame]]:
    """The tensors of whole numbers in the user's frames that reach up to the number of classes, and where they are."""
    for frame in evidence.frames:
        for name, held in frame.names.items() if frame.is_user else ():
            record = held.record
            if record is not None and record.dtype.startswith("int") and held.facts.get("max") == count:
                yield name, frame


def _changes(place: Place, suffix: str) -> tuple[Change, ...]:
    if place.behind is not None:
        return (line_after(place.behind, f"{place.name} = {place.name}{suffix}"),)
    return tuple(suffixed(span, suffix) for span in place.spans)


def _moves_guesses(source: Source, node: ast.expr, by: int) -> bool:
    """Whether the script compares the labels with guesses that it has moved itself, or moves them itself elsewhere."""
    base = base_of(node)
    label = ast.unparse(base) if base is not None else ""
    for each in walk(source.tree):
        if isinstance(each, ast.Compare):
            sides = [each.left, *each.comparators]
        elif isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub):
            sides = [each.left, each.right]
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in ("eq", "ne"):
            sides = [each.func.value, *each.args]
        else:
            continue
        labels = [side for side in sides if label and ast.unparse(base_of(side) or side) == label]
        if labels and any(_is_moved_guess(source, side, by) for side in sides if side not in labels):
            return True
        if any(_is_moved(side, -by) and ast.unparse(base_of(side.left) or side.left) == label for side in sides):  # type: ignore[attr-defined]
            return True
    return False


def _moves_any_guess(source: Source, by: int) -> bool:
    """Whether the script adds as much to its guesses, whatever it holds against them then."""
    sums = (each for each in walk(source.tree) if isinstance(each, ast.BinOp) and _is_moved(each, by))
    return any(_is_guess(source, part) for each in sums for part in walk(each.left))


def _is_moved(node: ast.expr, by: int) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
        return False
    sign = 1 if isinstance(node.op, ast.Add) else -1
    number = whole_number(node.right)
    return number is not None and sign * number == by


def _is_moved_guess(source: Source, node: ast.expr, by: int) -> bool:
    """Whether an expression is the position of the largest score, with so much added."""
    values = [node]
    base = base_of(node)
    if isinstance(base, ast.Name):
        made = [each for each in walk(source.tree) if isinstance(each, ast.Assign)]
        values += [each.value for each in made if _names(each, base.id)]
    return any(
        _is_moved(inner, by) and any(_is_guess(source, part) for part in walk(inner))
        for value in values
        for inner in walk(value)
        if isinstance(inner, ast.expr)
    )


def _is_guess(source: Source, node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        made = [each for each in walk(source.tree) if isinstance(each, ast.Assign) and _names(each, node.id)]
        return any(_takes_largest(part) for each in made for part in walk(each.value))
    return _takes_largest(node)


def _takes_largest(node: ast.AST) -> bool:
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    return name in ("argmax", "topk") or (name == "max" and isinstance(node, ast.Call) and bool(node.args))


def _names(statement: ast.Assign, name: str) -> bool:
    return any(is_named(each, name) for target in statement.targets for each in walk(target))
