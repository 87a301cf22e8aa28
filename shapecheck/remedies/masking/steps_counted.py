"""A mask of padding that counts to the longest sequence, where the batch is padded to a length of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.sequences.lengths_of_layers import divided_as_layers

_COST = 0.03
_MORE = "the lengths count more steps than there are, and are wrong themselves then"
_ROLES = ("src_key_padding_mask", "key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.arange(x.size(1))`` for ``torch.arange(lengths.max())``."""
    said = says(evidence, r"key_padd\w*mask\.shape\[1\] to be (\d+), but got (\d+)")
    for called in (failed(evidence), evidence.operation) if said is not None else ():
        for role in _ROLES:
            mask = operand(called, role)
            if said is not None and mask is not None and mask.span is not None:
                return list(_counted(evidence, mask, mask.span, int(said.group(1))))
    return []


def _counted(evidence: Evidence, mask: Argument, place: Span, steps: int) -> Iterator[Candidate]:
    if len(sizes_of(mask)) != 2:
        return
    for span in spans_behind(evidence, place, only_whole=True):
        tree = expression(span.text)
        for node in walk(tree):
            is_count = isinstance(node, ast.Call) and last_name(node.func) == "arange" and len(node.args) == 1
            if not isinstance(node, ast.Call) or not is_count:
                continue
            told = piece(span, node.args[0])
            text = next((text for text in size_texts(evidence, told, steps) if ".size(" in text), "")
            if text and text != told.text:
                lengths = _lengths(evidence, told)
                longest = int(lengths[1].facts["max"]) if lengths is not None else 0
                if lengths is not None and longest > steps:
                    yield from divided_as_layers(evidence, lengths[0], longest, steps)
                step, doubt = Step("set_size", mask.role, (sizes_of(mask)[0], steps)), _MORE * (longest > steps)
                yield Candidate(f"{told.text} -> {text}", (Change(told, text),), (step,), _COST, doubt)
                return


def _lengths(evidence: Evidence, told: Span) -> tuple[Span, Value] | None:
    """Where the lengths stand of which the largest is counted to, and what they are."""
    held = evidence.held
    for node in walk(expression(told.text)):
        value = held.get(ast.unparse(node)) if isinstance(node, ast.Name | ast.Attribute) else None
        if isinstance(node, ast.expr) and value is not None and "max" in value.facts:
            return piece(told, node), value
    return None
