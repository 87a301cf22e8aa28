"""Tokens that came one-hot to a table, which takes their numbers: it gives an axis too many for what reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import CELLS, RECURRENT, failed
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.one_hot import is_one_hot
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, last_name, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
# Two classes are as easily two of anything else.
_FEWEST = 3
_NOT_SEEN = "nothing tells that each row has a single one: it may have several, or be so many tokens"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The position of the one, where what a table was given is as wide as the table has rows."""
    operation = failed(evidence, *RECURRENT, *CELLS, "MultiheadAttention", "TransformerEncoderLayer")
    item = input_of(evidence, operation)
    return list(_numbered(evidence, operation, item)) if operation is not None and item is not None else []


def _numbered(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    seen = [entry.call for entry in evidence.trace or () if entry.call.type == "Embedding" and entry.call.inputs]
    axes = 3 if operation.name.endswith("Cell") else 4
    for call in reversed(seen):
        given, rows = call.inputs[0].shape, re.match(r"\d+", call.config)
        is_wide = rows is not None and _FEWEST <= int(rows[0]) == (given or (0,))[-1]
        if not is_wide or len(given) + 1 != axes or call.outputs[0].shape != sizes_of(item) or item.span is None:
            continue
        name = call.module.rpartition(".")[2]
        for span in spans_behind(evidence, item.span):
            for node in walk(expression(span.text)):
                if isinstance(node, ast.Call) and len(node.args) == 1 and last_name(node.func) == name:
                    tokens = piece(span, node.args[0])
                    text = f"{bracketed(_uncast(tokens.text))}.argmax(-1)"
                    doubt = "" if _is_one_hot(evidence, tokens, given) else _NOT_SEEN
                    yield Candidate(text, (Change(tokens, text),), (), _COST, doubt)
                    return


def _is_one_hot(evidence: Evidence, tokens: Span, sizes: tuple[int, ...]) -> bool:
    """Whether each row has a single one, as its numbers tell; else whether the script makes one-hots."""
    source, node = found_at(tokens)
    held = held_around(evidence, source, node).get(_uncast(tokens.text))
    # The name may have been given anew since.
    if sizes_of(held) == sizes and (told := is_one_hot(held)) is not None:
        return told
    return any(next(each.calls("one_hot", "eye", "scatter_"), None) is not None for each in user_sources(evidence))


def _uncast(text: str) -> str:
    """The tokens without what only made whole numbers of them."""
    return re.sub(r"\.(long\(\)|int\(\)|to\(torch\.(long|int64)\))$", "", text)
