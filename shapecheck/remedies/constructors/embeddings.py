"""A table of tokens: the type of the tokens, and how many rows it was told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, is_number, piece, whole_number
from shapecheck.reading.failing import failed, maker, number
from shapecheck.reading.joined.joined_lists import appends
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.layers.positions_outgrown import is_counted
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, home_around, items_of, last_name, parents, statement_of
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import exchanged, put_behind
from shapecheck.remedies.names.shared_numbers import more_of_shared
from shapecheck.remedies.targets.counts import LARGEST_SEEN, doubt_of_data, doubt_of_total


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a table that refused its tokens."""
    operation = failed(evidence, "Embedding", "EmbeddingBag")
    item = input_of(evidence, operation)
    return list(_ways(evidence, operation, item)) if operation is not None and item is not None else []


def _ways(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    if item.value.record is None:
        return
    if item.value.record.dtype not in ("int64", "int32"):
        yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.1)
        return
    rows, least, most = number(operation, "num_embeddings"), item.value.facts.get("min"), item.value.facts.get("max")
    if most is not None and most >= rows:
        origin, trial = maker(evidence, operation), (Step("configure", "", ("num_embeddings", int(most) + 1)),)
        given = told_for(origin, "num_embeddings")
        if given is not None:
            yield from _count_as_it_is(evidence, given, int(most) + 1 - rows, trial)
            yield from _count_beside(evidence, given, int(most), trial)
            yield from more_of_shared(evidence, given, rows, int(most) + 1, trial, cost=0.08)
            yield from _for_all_beside(given, trial) if most == rows else ()
        # Tokens that are counted from one get a row more as well, and 0 is kept for the padding.
        text = _plus_one(evidence, operation) if most == rows else ""
        doubt, is_open = "", most > rows and not is_counted(evidence, item)
        if given is not None:
            doubt = doubt_of_total(evidence, given, int(most) + 1 - rows) or doubt_of_data(evidence, given)
        for way in constructor_argument(evidence, operation, "num_embeddings", int(most) + 1, cost=0.1, text=text):
            is_there = given is not None and any(change.span.line == given.line for change in way.changes)
            if is_open and any(is_number(change.span.text) and is_number(change.text) for change in way.changes):
                # One row too few is the largest in place of the count; of several more nobody knows how many.
                way = way.doubted(LARGEST_SEEN)
            yield way.doubted(doubt) if is_there or doubt == LARGEST_SEEN else way
    if least is not None and least < 0:
        yield from put_behind(evidence, item, ".clamp(min=0)", [Step("clamp", item.role, (0,))], cost=1.5)


def _count_as_it_is(evidence: Evidence, given: Span, more: int, trial: tuple[Step, ...]) -> Iterator[Candidate]:
    """The count of what there is, of which some were taken away: ``len(words)`` for ``len(words) - 1``."""
    for span in (each for origin in spans_behind(evidence, given) for each in (origin, *_appended(origin))):
        node = expression(span.text)
        less = whole_number(node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) else None
        if not isinstance(node, ast.BinOp) or less is None or less < more:
            continue
        if isinstance(node.left, ast.Call) and last_name(node.left.func) == "len":
            text = piece(span, node.left).text
            yield Candidate(f"{span.text} -> {text}", (Change(span, text),), trial, 0.04)
            return


def _appended(origin: Span) -> Iterator[Span]:
    """What was put to a list that was begun empty, one number after the other."""
    source, node = found_at(origin)
    line = statement_of(node) if isinstance(node, ast.List) and not node.elts else None
    if source is not None and isinstance(line, ast.Assign):
        names = [ast.unparse(part) for each in line.targets for part in items_of(each)]
        for call in source.calls("append"):
            if any(appends(call, name) for name in names) and call.args:
                yield source.span(call.args[0])


def _count_beside(evidence: Evidence, given: Span, most: int, trial: tuple[Step, ...]) -> Iterator[Candidate]:
    """A number and the count of a vocabulary in each other's place where a model is made: ``Model(2, len(words))``."""
    for origin in trace(evidence, given, parts=True):
        source, node = found_at(origin.span)
        call = getattr(node, "parent", None)
        if source is None or not isinstance(call, ast.Call) or whole_number(node) is None:
            continue
        counts = [each for each in call.args if isinstance(each, ast.Call) and last_name(each.func) == "len"]
        if len(counts) == 1 and (worked_out(evidence, source.span(counts[0])) or 0) > most:
            yield exchanged(origin.span, source.span(counts[0]), cost=0.03, trial=trial)
            return


def _plus_one(evidence: Evidence, operation: Operation) -> str:
    origin = maker(evidence, operation)
    given = told_for(origin, "num_embeddings")
    return "" if given is None or given.text.isdecimal() else f"{given.text} + 1"


def _for_all_beside(given: Span, trial: tuple[Step, ...]) -> Iterator[Candidate]:
    """A row more for every table that the same numbers are gone through for, each in a list of its own."""
    source, node = found_at(given)
    loop = _loop_of(node)
    home = home_around(node)
    if source is None or node is None or loop is None or home is None:
        return
    tables = (each for each in source.calls("Embedding", "EmbeddingBag") if home_around(each) is home)
    told = [each.args[0] for each in tables if each.args and _goes_through(each.args[0], loop)]
    if len(told) > 1:
        changes = tuple(Change(source.span(each), f"{source.span(each).text} + 1") for each in told)
        yield Candidate(f"{given.text} + 1 in each of {len(told)} lists", changes, trial, 0.06)


def _goes_through(node: ast.expr, loop: ast.comprehension) -> bool:
    """Whether a name is that of a loop over the same as another."""
    own = _loop_of(node)
    return own is not None and ast.unparse(own.iter) == ast.unparse(loop.iter)


def _loop_of(node: ast.AST | None) -> ast.comprehension | None:
    """The loop of a comprehension that gives a name one number after the other."""
    around = (up for up in parents(node) if isinstance(up, ast.ListComp | ast.GeneratorExp))
    loops = [loop for each in around for loop in each.generators] if isinstance(node, ast.Name) else []
    return next((loop for loop in loops if ast.unparse(loop.target) == ast.unparse(node)), None) if node else None
