"""A mask that is as wide as the longest sequence, where the batch is padded further: told how long the batch is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import is_of_torch, written_axis
from shapecheck.reading.edits import call_of, expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, FEW, JOINS, dtype_of, sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sources import Source, last_name, source_of, user_sources, walk

_NOT_COUNTED = "a token that the lengths do not count may stand in front or behind, and the mask be off by it"
_ATTENDS = ("MultiheadAttention", "multi_head_attention_forward", "TransformerEncoder", "TransformerEncoderLayer")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The length for a function that has a parameter for it, and finds it out itself where nothing is given."""
    operation = failed(evidence, *_ATTENDS, *ELEMENTWISE)
    if operation is None or evidence.crash is None:
        return []
    said = {int(text) for text in re.findall(r"\d+", evidence.crash.message)}
    found: list[Candidate] = []
    for item in operation.arguments:
        have = sizes_of(item)[-1:]
        longer = sorted(size for size in said if have and size > have[0] > 1)
        is_mask = dtype_of(item) == "bool"
        if (is_mask or item.role.endswith("key_padding_mask")) and have and have[0] in said and longer:
            few = longer[-1] - have[0] <= FEW
            found += _told(evidence, longer[-1], _NOT_COUNTED if few or _joins_steps(evidence) else "")
    return found


def _joins_steps(evidence: Evidence) -> bool:
    """Whether the script joins tensors along an axis that may be the one of the steps."""
    calls = [call for source in user_sources(evidence) for call in source.calls(*JOINS, "hstack")]
    axes = [written_axis(call, int(not is_of_torch(call))) for call in calls]
    return any(axis is None or whole_number(axis) not in (-1, 2) for axis in axes)


def _told(evidence: Evidence, want: int, doubt: str) -> Iterator[Candidate]:
    for origins in evidence.origins.values():
        for origin in origins:
            node = expression(origin.span.text)
            for part in walk(node):
                if isinstance(part, ast.Call):
                    yield from _of_call(evidence, piece(origin.span, part), want, doubt)


def _of_call(evidence: Evidence, span: Span, want: int, doubt: str) -> Iterator[Candidate]:
    call, source = call_of(span), source_of(span.file)
    if call is None or source is None:
        return
    for function in _functions(evidence, source, last_name(call.func)):
        for name in _found_out(function):
            text = next(size_texts(evidence, span, want), "") if _is_nothing(given_for(call, function, name)) else ""
            change = with_keyword(span, name, text) if text else None
            if change is not None:
                yield Candidate(f"{name}={text}", (change,), (), 0.05, doubt)


def _functions(evidence: Evidence, source: Source | None, name: str) -> Iterator[ast.FunctionDef]:
    for each in dict.fromkeys([source, *user_sources(evidence)]):
        nodes = walk(each.tree) if each is not None else ()
        yield from (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name)


def _found_out(function: ast.FunctionDef) -> Iterator[str]:
    """The parameters that the function gives a largest length itself where they are None."""
    for node in walk(function):
        test = node.test if isinstance(node, ast.If | ast.IfExp) else None
        if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Is):
            continue
        body = node.body if isinstance(node, ast.If) else [node]
        calls = [part for each in body for part in walk(each) if isinstance(part, ast.Call)]
        is_longest = any(last_name(each.func) in ("max", "amax") for each in calls)
        if is_longest and isinstance(test.left, ast.Name) and _is_nothing(test.comparators[0]):
            yield test.left.id


def _is_nothing(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
