"""Lengths that a batch is given of other lists than those which are padded and packed: of the labels beside them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE
from shapecheck.reading.sources import Source, begin_of, last_name, names_in, user_sources, walk

CAUSE = "lengths_of_other_sequences"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[len(each) for each in rows]`` for that of the labels, where the rows are padded first and then packed."""
    if failed(evidence, *ELEMENTWISE, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, "pack_padded_sequence") is None:
        return []
    sources = user_sources(evidence)
    if not any(True for source in sources for _ in source.calls("pack_padded_sequence")):
        return []
    return [found for source in sources for found in _exchanged(source)]


def _exchanged(source: Source) -> Iterator[Candidate]:
    for function in source.functions:
        calls = [each for each in walk(function) if isinstance(each, ast.Call) and each.args]
        padded = [each.args[0] for each in calls if last_name(each.func) == "pad_sequence"]
        padded.sort(key=begin_of)
        counted = [each for each in walk(function) if isinstance(each, ast.ListComp) and _counts(each)]
        if len(counted) != 1 or not padded or not all(isinstance(each, ast.Name) for each in padded):
            # Where several are counted, those of the labels have their own use.
            continue
        of, rows = counted[0].generators[0].iter, padded[0]
        if not isinstance(of, ast.Name) or not isinstance(rows, ast.Name) or of.id == rows.id:
            continue
        if {of.id, rows.id} <= _unzipped(function) and not _is_packed(source, function, of.id):
            yield Candidate(f"{of.id} -> {rows.id}", (Change(source.span(of), rows.id),), (), _COST)


def _is_packed(source: Source, function: ast.FunctionDef, name: str) -> bool:
    """Whether what a function makes of a list is what is packed, under the name that it has where it is given back."""
    returned = next(iter(values_returned(function)), None)
    parts = returned.elts if isinstance(returned, ast.Tuple) else []
    made = {name: {name}} | {
        ast.unparse(each.targets[0]): names_in(each.value) for each in walk(function) if isinstance(each, ast.Assign)
    }
    places = [at for at, each in enumerate(parts) if _is_padded_of(each, name, made)]
    packed = set[str]().union(*(names_in(*call.args[:1]) for call in source.calls("pack_padded_sequence")))
    taken = (each for each in walk(source.tree) if isinstance(each, ast.Tuple) and isinstance(each.ctx, ast.Store))
    return any(names_in(each.elts[at]) & packed for each in taken if len(each.elts) == len(parts) != 0 for at in places)


def _is_padded_of(node: ast.expr, name: str, made: dict[str, set[str]]) -> bool:
    """Whether a part of what is returned is a list that was padded: there, or where its name was given to it."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "pad_sequence" and name in names_in(node)
    return isinstance(node, ast.Name) and (node.id == name or name in made.get(node.id, set()))


def _counts(node: ast.ListComp) -> bool:
    """Whether it is ``[len(each) for each in rows]``."""
    first, call = node.generators[0], node.elt
    is_length = isinstance(call, ast.Call) and last_name(call.func) == "len" and len(call.args) == 1
    return is_length and isinstance(call, ast.Call) and ast.unparse(call.args[0]) == ast.unparse(first.target)


def _unzipped(function: ast.FunctionDef) -> set[str]:
    """The names that a function gives to the parts of its samples: ``rows, labels = zip(*batch)``."""
    found = set()
    for node in walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) == "zip":
            targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else []
            found |= {each.id for each in targets if isinstance(each, ast.Name)}
    return found
