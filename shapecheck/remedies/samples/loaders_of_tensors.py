"""A loader made of a tensor, where the loop takes the first of what a data set would give: ``batch[0]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import call_of, expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import imported, is_named, last_name, node_at, parents, source_of
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``DataLoader(TensorDataset(series))``, beside a loop that reads ``batch[0]`` of each round."""
    operation = failed(evidence)
    items = tensors(operation) if operation is not None else ()
    return [found for item in items for found in _of_data_sets(evidence, item)]


def _of_data_sets(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    for span in spans_of(evidence, item.span):
        node, source = expression(span.text), source_of(span.file)
        if source is None or not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            continue
        loop = next((up for up in parents(node_at(span)) if _gives(up, node.value.id)), None)
        held = [value.record.shape for value in evidence.held_anywhere if value.record is not None]
        is_one = ast.unparse(node.slice) == "0" and any(sizes[1:] == sizes_of(item) for sizes in held)
        for given in _loaded(evidence, source.span(loop.iter)) if isinstance(loop, ast.For) and is_one else ():
            name = "TensorDataset" if "TensorDataset" in imported(source.tree) else "torch.utils.data.TensorDataset"
            text = f"{name}({given.text})"
            yield Candidate(text, (Change(given, text),), (), _COST)
            return


def _gives(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.For) and is_named(node.target, name)


def _loaded(evidence: Evidence, loader: Span) -> Iterator[Span]:
    """What a loader is made of, where that is a name or a call that makes a tensor, and no data set."""
    for span in spans_behind(evidence, loader):
        call = call_of(span)
        if call is not None and last_name(call.func) == "DataLoader" and call.args:
            given = piece(span, call.args[0])
            kind = kind_of(evidence, given) if isinstance(call.args[0], ast.Name) else ""
            if kind and not kind[0].isupper():
                yield given
