"""Tokens that go as they are into a layer that reads vectors: through the embedding that the class has for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import RECURRENT, attention_called, failed, features_taken, kind, number
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, class_around, found_at, is_own, last_name, walk

CAUSE = "input_of_other_dtype"
_COST = 0.02
_ROLES = ("input", "query", "key", "value", "src", "tgt", "memory")
_OTHERS = "the class has another embedding that is as wide"
_AS_WIDE = "they are as many in a row as the layer reads features: they may be numbers, and no tokens"
_SAID = re.compile(r"embedding dimension of (\d+)")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.encoder(self.embed(src))`` for ``self.encoder(src)``."""
    operation = attention_called(evidence) or failed(evidence, *RECURRENT)
    if operation is None:
        return []
    want = _width(evidence, operation)
    return [each for item in operation.arguments if item.role in _ROLES for each in _looked_up(evidence, item, want)]


def _width(evidence: Evidence, operation: Operation) -> int:
    """How many features the layer reads."""
    if kind(operation) in RECURRENT:
        return features_taken(operation)
    told = number(operation, "d_model") or number(operation, "embed_dim")
    said = _SAID.search(evidence.crash.message) if evidence.crash is not None else None
    if told or said is not None:
        return told or int(said.group(1)) if said is not None else told
    given = [sizes_of(item) for item in operation.arguments if item.role in _ROLES]
    return next((sizes[-1] for sizes in given if len(sizes) == 3), 0)


def _looked_up(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    record = item.value.record
    source, node = found_at(item.span)
    owner = class_around(node)
    if record is None or record.dtype not in ("int64", "int32") or len(record.shape) > 2 or not want:
        return
    if owner is None or source is None or item.span is None or not isinstance(node, ast.Name | ast.Subscript):
        return
    tables = list(_tables(evidence, source, owner, want))
    read = {each.attr for each in walk(owner) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)}
    idle = [name for name in tables if name not in read]
    fitting = idle if len(idle) == 1 else tables
    for name in fitting:
        text = f"self.{name}({item.span.text})"
        doubt = _OTHERS if len(fitting) > 1 else _AS_WIDE if record.shape[-1:] == (want,) and not idle else ""
        yield Candidate(text, (Change(item.span, text),), (), _COST, doubt)


def _tables(evidence: Evidence, source: Source, owner: ast.ClassDef, want: int) -> Iterator[str]:
    """The embeddings of a class that give vectors of a width."""
    for line in walk(owner):
        for target, value in values_given(line):
            if not isinstance(value, ast.Call) or last_name(value.func) != "Embedding":
                continue
            told = told_for(source.span(value), "embedding_dim")
            is_its_own = is_own(target)
            if is_its_own and told is not None and worked_out(evidence, told) == want:
                yield target.attr  # type: ignore[attr-defined]
