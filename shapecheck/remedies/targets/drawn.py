"""A token that the model itself has chosen and that its table lacks: there are more scores than tokens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression
from shapecheck.reading.failing import failed, maker, number, operand
from shapecheck.reading.layers.layer_arguments import GIVEN, READ_LAST, told_for
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    function_at,
    last_name,
    names_in,
    parents,
    statement_of,
    user_sources,
    walk,
)

_CHOICES = ("multinomial", "argmax", "topk", "sample", "max")
_JOINS = ("cat", "concat", "hstack", "append", "unsqueeze", "view", "reshape")
# From so many tokens on, a table that has a row for each of them was made for them.
_MANY = 32
_TABLE_TOO_SMALL = "the table may have too few rows, and the scores be right"


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many scores as the table has rows, for the layer that gave the scores which a token was chosen by."""
    operation = failed(evidence, "Embedding")
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None:
        return []
    rows, most = number(operation, "num_embeddings"), item.value.facts.get("max")
    if not rows or most is None or most < rows or not _is_chosen(evidence, item):
        return []
    return list(_narrower(evidence, operation, rows, int(most)))


def _is_chosen(evidence: Evidence, item: Argument) -> bool:
    """Whether a token comes out of scores, be it in the round of a loop before this one."""
    if is_counted(evidence, item):
        return False
    texts = [item.expression, *(origin.span.text for origin in evidence.origins.get(item.expression, ()))]
    if any(f".{name}(" in text for text in texts for name in _CHOICES):
        return True
    # Without shares, anything at all is drawn of what there is.
    if any(re.search(r"\.choice\(.*\bp=", text) for text in texts):
        return True
    return any(text in _chosen_names(source) for source in user_sources(evidence) for text in texts)


def _chosen_names(source: Source) -> set[str]:
    """The names that hold a choice, or what was joined to one: ``ids = torch.cat([ids, drawn])``."""
    statements = [node for node in walk(source.tree) if isinstance(node, ast.Assign)]
    drawn = [each for each in source.calls("choice") if any(word.arg == "p" for word in each.keywords)]
    made = {id(statement_of(call)) for call in (*source.calls(*_CHOICES), *drawn)}
    names: set[str] = set()
    for _ in range(2):
        for node in statements:
            read = names_in(node.value)
            joined = isinstance(node.value, ast.Call) and last_name(node.value.func) in _JOINS
            if id(node) in made or (joined and read & names):
                names |= {each.id for target in node.targets for each in walk(target) if isinstance(each, ast.Name)}
    return names


def _narrower(evidence: Evidence, operation: Operation, rows: int, most: int) -> Iterator[Candidate]:
    origin = maker(evidence, operation)
    table = told_for(origin, "num_embeddings")
    if table is None:
        return
    known = _is_counted(evidence, table) or _tokens_fit(evidence, rows)
    for source in user_sources(evidence):
        for call in sorted(source.calls("Linear", "Embedding"), key=lambda each: -each.lineno):
            name = GIVEN[last_name(call.func)].name
            given = told_for(source.span(call), name)
            width = worked_out(evidence, given) if given is not None else None
            if (
                given is None
                or type(width) is not int
                or width <= most
                or _feeds_another(evidence, source, call, width)
            ):
                continue
            text = table.text if _same_function(table, given) else str(rows)
            doubt = "" if known else _TABLE_TOO_SMALL
            yield Candidate(f"{name}={text}", (Change(given, text),), (), 0.05, doubt)


def _is_counted(evidence: Evidence, given: Span) -> bool:
    """Whether a number was counted: ``len(alphabet)``."""
    texts = (given.text, *(origin.span.text for origin in trace(evidence, given, parts=True)))
    return any(isinstance(node := expression(text), ast.Call) and last_name(node.func) == "len" for text in texts)


def _feeds_another(evidence: Evidence, source: Source, call: ast.Call, width: int) -> bool:
    """Whether another layer of the same class was made for this width: then it is no score."""
    owner = next((up for up in parents(call) if isinstance(up, ast.ClassDef)), source.tree)
    for other in walk(owner):
        if isinstance(other, ast.Call) and other is not call and last_name(other.func) in READ_LAST:
            given = argument(source.span(other), READ_LAST[last_name(other.func)], 0)
            if given is not None and worked_out(evidence, given) == width:
                return True
    return False


def _tokens_fit(evidence: Evidence, rows: int) -> bool:
    """Whether the script holds many tokens, and the table has a row for each of them."""
    held = [value for frame in evidence.frames if frame.is_user for value in frame.names.values()]
    large = [value for value in held if dtype_of(value) == "int64" and prod(sizes_of(value)) >= _MANY]
    return bool(large) and all(value.facts.get("max", rows) < rows for value in large)


def _same_function(left: Span, right: Span) -> bool:
    return left.file == right.file and function_at(left) is function_at(right)
