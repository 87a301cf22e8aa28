"""Class numbers where all that read the labels want a column a class: made one-hot where all get them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.handed_on import common_place, other_reads
from shapecheck.reading.sources import Source, found_at, function_around, is_named, last_name, walk
from shapecheck.reading.vocabulary import GUESSES


def one_hot_for_all(
    evidence: Evidence, target: Argument, classes: int, squeezed: str, *, cost: float
) -> Iterator[Candidate]:
    """The labels one-hot where all get them, where all others take the position of the largest of each row.

    Args:
        evidence: The problem.
        target: The labels as the loss was given them.
        classes: How many classes there are.
        squeezed: What takes an axis of one off them, where they have it.
        cost: What it costs.
    """
    source, node = found_at(target.span)
    if source is None or not isinstance(node, ast.Name):
        return
    # At the top of a file, functions may have the same name for something of their own.
    home = function_around(node)
    others = [each for each in other_reads(source, node, node.id) if function_around(each) is home]
    place = common_place(evidence, target) if others and all(_takes_largest(source, each) for each in others) else None
    if place is None or place.behind is not None:
        return
    changes = tuple(
        Change(span, f"torch.nn.functional.one_hot({bracketed(span.text)}{squeezed}.long(), {classes}).float()")
        for span in place.spans
    )
    yield Candidate(changes[0].text, changes, (), cost)


def _takes_largest(source: Source, read: ast.Name) -> bool:
    """Whether of a name only the position of the largest of each row is read, here or by what it is handed to."""
    up = getattr(read, "parent", None)
    if isinstance(up, ast.Attribute) and up.attr in GUESSES:
        call = getattr(up, "parent", None)
        return isinstance(call, ast.Call) and bool(call.args or call.keywords)
    if not isinstance(up, ast.Call) or read not in up.args:
        return False
    if last_name(up.func) in GUESSES:
        return ast.unparse(up.func).startswith("torch.") and len(up.args) + len(up.keywords) > 1
    at, name = up.args.index(read), last_name(up.func)
    for function in walk(source.tree):
        if not isinstance(function, ast.FunctionDef) or function.name != name or at >= len(function.args.args):
            continue
        given = function.args.args[at].arg
        reads = [each for each in walk(function) if is_named(each, given)]
        return bool(reads) and all(_takes_largest(source, each) or _is_size(each) for each in reads)
    return False


def _is_size(read: ast.Name) -> bool:
    up = getattr(read, "parent", None)
    if isinstance(up, ast.Attribute):
        return up.attr in ("shape", "size", "device", "dtype")
    return isinstance(up, ast.Call) and last_name(up.func) == "len"
