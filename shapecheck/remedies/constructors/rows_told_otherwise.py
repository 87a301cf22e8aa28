"""The rows of a table told by what is meant for something else: the number beside it, or another setting."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import constructors, parameters_given
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.layers.outgrown_tables import OutgrownTable, outgrown_table
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.tokens_counted import are_counted
from shapecheck.reading.sizes.written_settings import holder, settings_beside
from shapecheck.reading.sources import found_at, function_at, last_name, user_sources, walk
from shapecheck.remedies.moves import exchanged

_COST = 0.05
# More than there are of what another table counts as well is less likely than the setting that is just as many.
_COST_OF_SETTING = 0.04
# What counts, and not what is counted, tells nothing.
_COUNTS = {"num", "len", "max", "id", "idx", "count", "index", "size"}
_BOTH = "both may be as many as the larger of them, or the tokens be the ones that are meant for another table"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Model(users, places)`` for ``Model(places, users)``, and ``cfg.words`` for ``cfg.steps``."""
    table = outgrown_table(evidence, "Embedding", "EmbeddingBag")
    return [*_beside(evidence, table), *_settings(table.given, table.need)] if table is not None else []


def _beside(evidence: Evidence, table: OutgrownTable) -> Iterator[Candidate]:
    """Two arguments of a class of the script exchanged, by their names, or because both numbers then fit exactly."""
    need = table.need
    for span in spans_of(evidence, table.given, parts=True):
        source, node = found_at(span)
        call = getattr(node, "parent", None)
        if source is None or not isinstance(call, ast.Call) or node not in call.args:
            continue
        at = call.args.index(node)
        inits = [init for each in user_sources(evidence) for init in constructors(each, last_name(call.func))]
        names = parameters_given(inits[0]) if len(inits) == 1 else []
        for place, other in enumerate(call.args):
            if place == at or max(at, place) >= len(names) or isinstance(other, ast.Starred):
                continue
            size = worked_out(evidence, source.span(other))
            is_named = last_name(other) == names[at] != last_name(node) and last_name(node) != names[place]
            # Other tokens that go up to just below what this table was told are those of the other one.
            is_told, is_counted = _is_like(node, names[at]), are_counted(evidence, table.rows)
            if (is_named and (size is None or size >= need)) or (size == need and (is_counted or not is_told)):
                trial = (Step("configure", "", ("num_embeddings", max(need, size if type(size) is int else need))),)
                mine, others = (_are_called(evidence, table.tokens, names[each]) for each in (at, place))
                is_sure = is_named or (is_counted and not is_told and (mine or not others))
                doubt = "" if is_sure else _BOTH
                yield exchanged(span, source.span(other), cost=_COST, trial=trial, doubt=doubt)


def _is_like(node: ast.expr, name: str) -> bool:
    """Whether an argument is called as the parameter is that it is given for: ``N_PLACES`` for ``places``."""
    return _are_of_one(last_name(node), name)


def _are_of_one(one: str, other: str) -> bool:
    """Whether two names have a word in common, of one or of many: ``user_ids`` and ``users``."""
    words, others = ({word.rstrip("s") for word in each.lower().split("_")} - _COUNTS for each in (one, other))
    return any(len(word) > 1 for word in words & others)


def _are_called(evidence: Evidence, tokens: Argument, name: str) -> bool:
    """Whether the tokens are called, where they are read or where they come from, as a parameter is."""
    texts = [tokens.expression, *(each.span.text for each in evidence.origins.get(tokens.expression, ()))]
    return any(each.isidentifier() and _are_of_one(each, name) for each in texts)


def _settings(given: Span, need: int) -> Iterator[Candidate]:
    """The one setting that is just as many as the tokens need, where nothing else in the constructor reads it."""
    source, node = found_at(given)
    function = function_at(given)
    if source is None or node is None or function is None or not holder(expression(given.text)):
        return
    read = {ast.unparse(each) for each in walk(function) if isinstance(each, ast.Attribute | ast.Subscript)}
    fitting = [name for name, value in settings_beside(source, node) if whole_number(value) == need]
    if len(fitting) == 1 and fitting[0] not in read:
        trial = (Step("configure", "", ("num_embeddings", need)),)
        yield Candidate(f"num_embeddings={fitting[0]}", (Change(given, fitting[0]),), trial, _COST_OF_SETTING)
