"""Samples that a tokenizer gave as a batch of one, which a loader puts into a batch of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import RECURRENT, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, user_sources, walk

_COST = 0.03
_LAYERS = ("MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder", *RECURRENT)
# Of a batch of sequences: samples, steps, features.
_AXES = 3


def candidates(evidence: Evidence) -> list[Candidate]:
    """``value.squeeze(0)`` for each value of what the tokenizer gave, in the data set."""
    operation = failed(evidence, *_LAYERS)
    item = next(iter(tensors(operation)), None) if operation is not None else None
    sizes = sizes_of(item)
    if operation is None or len(sizes) != _AXES + 1 or sizes[1] != 1:
        return []
    keys = _keys(evidence, sizes)
    found: list[Change] = []
    for source in user_sources(evidence):
        for function in source.functions:
            if function.name == "__getitem__" and keys:
                found += _values(source, function, keys)
    return [Candidate(found[0].text, tuple(found), (), _COST)] if found else []


def _keys(evidence: Evidence, sizes: tuple[int, ...]) -> set[str]:
    """The keys of a batch whose entries have the axis of one behind that of the samples."""
    found = set[str]()
    for name, held in evidence.held.items():
        shape = sizes_of(held)
        if len(shape) > 2 and shape[:2] == sizes[:2] and name.endswith("']"):
            found.add(name.rpartition("['")[2].removesuffix("']"))
    return found


def _values(source: Source, function: ast.FunctionDef, keys: set[str]) -> Iterator[Change]:
    """Where the method names the values of what it was given: all of them in a comprehension, or one by its key."""
    for node in walk(function):
        if isinstance(node, ast.DictComp) and len(node.generators) == 1:
            walked, target = node.generators[0].iter, node.generators[0].target
            is_all = isinstance(walked, ast.Call) and ast.unparse(walked.func).endswith(".items")
            if is_all and isinstance(target, ast.Tuple) and ast.unparse(node.value) == ast.unparse(target.elts[-1]):
                yield suffixed(source.span(node.value), ".squeeze(0)")
        elif isinstance(node, ast.Subscript) and _is_entry(node, keys):
            yield suffixed(source.span(node), ".squeeze(0)")


def _is_entry(node: ast.Subscript, keys: set[str]) -> bool:
    is_key = isinstance(node.slice, ast.Constant) and node.slice.value in keys
    return is_key and isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name | ast.Call)
