"""The two results of a layer under each other's names: ``out, hidden = rnn(x, hidden)`` for ``hidden, out = ...``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import RECURRENT, STATES, failed, says
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import Source, home_around, items_of, last_name, parents, user_sources, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import exchanged

_WORD = r"(?<![a-z]){}(?![a-z])"
_OUTPUT = r"(o|outs?|outputs?|y|logits|preds?|encoded|outp|hiddens|seqs?|steps|features|memory)"
_STATE = r"(h|hx|hn|hid|hidden|state|c|cx|cn|cell|carry|\w+_n)"
_WEIGHTS = r"(w|ws|weights?|attns?|attention|alphas?|scores?|maps?|a)"
_LENGTHS = r"(l|ls|lens?|lengths?|n|sizes?|sl)"
# What gives two results: how the first and the second of them are mostly called.
_ORDERS = {
    **dict.fromkeys(RECURRENT, (_OUTPUT, _STATE)),
    "MultiheadAttention": (r"(o|outs?|outputs?|y|x|ctx|context|attended|attn_outputs?|z|h)", _WEIGHTS),
    "pad_packed_sequence": (r"(o|outs?|outputs?|y|h|x|hs|memory|padded|unpacked|hiddens?|seqs?)", _LENGTHS),
}
_REDUCTIONS = ("mean", "sum", "max", "amax", "min", "logsumexp")


@dataclass(frozen=True)
class _Taken:
    """A line that takes the two results of a layer apart.

    Args:
        kind: What gives them: ``"GRU"``, ``"MultiheadAttention"``, ``"pad_packed_sequence"``.
        call: The call.
        first: What gets the first result.
        second: What gets the second one.
    """

    kind: str
    call: ast.Call
    first: ast.expr
    second: ast.expr

    @property
    def is_nested(self) -> bool:
        """Whether the first result is taken for a pair, which only the second one can be."""
        return self.kind in RECURRENT and isinstance(self.first, ast.Tuple) and not isinstance(self.second, ast.Tuple)

    @property
    def is_carried(self) -> bool:
        """Whether the first result has the name of the state that goes in: ``h, out = rnn(x, h)``."""
        given = [*self.call.args[1:2], *(each.value for each in self.call.keywords if each.arg == "hx")]
        names = {each.id for one in given for each in walk(one) if isinstance(each, ast.Name)}
        return self.kind in RECURRENT and _name(self.first) in names and _name(self.second) not in names

    @property
    def are_each_others(self) -> bool:
        """Whether nothing but an exchange makes sense of the names, whatever is done with them."""
        return self.is_nested or self.is_carried or (self.first_says_second and self.second_says_first)

    @property
    def second_says_second(self) -> bool:
        """Whether the second name is one that the second result mostly has."""
        return self._is_called(self.second, 1)

    @property
    def first_says_second(self) -> bool:
        """Whether the first name is one that the second result mostly has."""
        return self._is_called(self.first, 1) and not self._is_called(self.first, 0)

    @property
    def second_says_first(self) -> bool:
        """Whether the second name is one that the first result mostly has."""
        return self._is_called(self.second, 0) and not self._is_called(self.second, 1)

    def _is_called(self, node: ast.expr, place: int) -> bool:
        return re.search(_WORD.format(_ORDERS[self.kind][place]), _name(node), re.IGNORECASE) is not None


CAUSE = "names_exchanged"
# The names tell more than what another one makes run.
_COST, _IN_DOUBT = -0.1, 0.12
_REDUCES = re.compile(r"\.(mean|sum|max|amax)\(")
_ALL = "all steps go in as a state, of which the last one may be meant"
_PART = "a part of the second result may be what is meant, as it stands"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The names in the order in which the layer gives its results, where they, or who reads them, say so."""
    operations = [each for each in (failed(evidence), evidence.operation) if each is not None and evidence.crash]
    places = [item.span for each in operations for item in each.arguments if item.span is not None]
    places += [each.span for each in operations if each.span is not None]
    return list(_exchanged(evidence, list(spans_behind(evidence, *places)))) if places else []


def _exchanged(evidence: Evidence, behind: list[Span]) -> Iterator[Candidate]:
    failed_here = [each.span for each in (failed(evidence), evidence.operation) if each is not None]
    for source in user_sources(evidence):
        for line in walk(source.tree):
            taken = _taken_from(evidence, source, line)
            if taken is None or isinstance(taken.second, ast.Tuple):
                # Only the second result can be a pair.
                continue
            yield from _both_states(source, taken)
            span = source.span(taken.call)
            if span in failed_here and not evidence.earlier:
                # It has given nothing yet.
                continue
            is_behind = any(each == span or span.holds(each) for each in behind)
            doubt_of = _doubt if is_behind else _doubt_of_returned
            doubt = doubt_of(evidence, source, taken)
            if doubt is not None:
                first, second = source.span(taken.first), source.span(taken.second)
                yield exchanged(first, second, cost=_IN_DOUBT if doubt else _COST, doubt=doubt)


def _both_states(source: Source, taken: _Taken) -> Iterator[Candidate]:
    """``_, (h, c) = lstm(x)`` for ``h, c = lstm(x)``, where both names are read alike: ``h[0]`` and ``c[0]``."""
    if taken.kind != "LSTM" or not (taken.first_says_second and taken.second_says_second):
        return
    names = [ast.unparse(each) for each in (taken.first, taken.second)]
    read: dict[str, set[str]] = {name: set() for name in names}
    for each in walk(home_around(taken.call)):
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) in read and whole_number(each.slice) is not None:
            read[ast.unparse(each.value)].add(ast.unparse(each.slice))
    if read[names[0]] and read[names[0]] == read[names[1]]:
        text = f"_, ({', '.join(names)})"
        first, last = source.span(taken.first), source.span(taken.second)
        place = replace(first, end_line=last.end_line, end_column=last.end_column, text=", ".join(names))
        yield Candidate(f"{text} = ...", (Change(place, text),), (), _COST)


def _doubt_of_returned(evidence: Evidence, source: Source, taken: _Taken) -> str | None:
    """The same for a line whose function has returned: it is told by its names, or by the steps that a loss misses."""
    if taken.are_each_others:
        return None if _is_read_in_order(source, taken) else ""
    rows = says(evidence, r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
    have, want = map(int, rows.groups()) if rows is not None else (1, 1)
    is_plain = taken.kind in RECURRENT and taken.second_says_first and _is_unread(source, taken.first)
    is_short = want > have and want % have == 0
    return "" if is_short and is_plain and _second_has_steps(source, taken) is not False else None


def _is_read_in_order(source: Source, taken: _Taken) -> bool:
    """Whether the names, as odd as they are, are read as what they hold: steps of the first, no steps of the second."""
    is_by_name = taken.kind in RECURRENT and not (taken.is_nested or taken.is_carried)
    return is_by_name and (_reads_steps(source, taken.first) is True or _reads_steps(source, taken.second) is False)


def _second_has_steps(source: Source, taken: _Taken) -> bool | None:
    """Whether the second name is read for what has steps; of a pair the last one may be meant as the last step."""
    steps = _reads_steps(source, taken.second)
    return None if steps is False and taken.kind == "LSTM" else steps


def _doubt(evidence: Evidence, source: Source, taken: _Taken) -> str | None:
    """What speaks against an exchange of the names, or nothing; None where nothing speaks for it."""
    if taken.are_each_others:
        return None if _is_read_in_order(source, taken) else ""
    if _is_unread(source, taken.first) and not taken.second_says_second:
        steps = _second_has_steps(source, taken)
        if taken.second_says_first or steps:
            return _PART if steps is False else ""
        return None if steps is False else _PART
    if _is_unread(source, taken.second) and taken.kind in RECURRENT and _reads_steps(source, taken.first) is not True:
        if says(evidence, r"'PackedSequence' object has no attribute"):
            return "" if _reads_steps(source, taken.first) is False else None
        # It is handed on as a state, as which all steps are none.
        operation = failed(evidence)
        states = [item.span for item in operation.arguments if item.role in STATES] if operation is not None else []
        given = [span for span in states if span is not None and not _REDUCES.search(span.text)]
        spans = [each for span in given for each in spans_behind(evidence, span)]
        if any(each == source.span(taken.call) for each in spans):
            return "" if taken.first_says_second else _ALL
        return None
    return None


def _taken_from(evidence: Evidence, source: Source, line: ast.AST) -> _Taken | None:
    """The two results that a line takes of a layer whose results are known; None where it does something else."""
    target = line.targets[0] if isinstance(line, ast.Assign) and len(line.targets) == 1 else None
    call = line.value if isinstance(line, ast.Assign) else None
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or not isinstance(call, ast.Call):
        return None
    if isinstance(call.func, ast.Call):
        kind = last_name(call.func.func)
    elif last_name(call.func) in _ORDERS:
        kind = last_name(call.func)
    else:
        kind = kind_of(evidence, source.span(call.func))
        kind = kind if kind in _ORDERS else _kind_called(evidence, last_name(call.func))
    return _Taken(kind, call, *target.elts) if kind in _ORDERS else None


def _kind_called(evidence: Evidence, name: str) -> str:
    """The kind of the layers that were called by a name before, where they are of one kind."""
    calls = (entry.call for entry in evidence.trace or ())
    kinds = {call.type for call in calls if name and call.module.rpartition(".")[2] == name}
    return kinds.pop() if len(kinds) == 1 else ""


def _is_unread(source: Source, node: ast.expr) -> bool:
    """Whether nobody reads what gets a result there."""
    name, home = _name(node), home_around(node) or source.tree
    if not name:
        return False
    reads = (each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    return name == "_" or all(each.id != name for each in reads)


def _reads_steps(source: Source, node: ast.expr) -> bool | None:
    """Whether a name is read for what has steps, ``y[:, -1]``, or for a state, ``h[-1]``; None where nothing tells."""
    name, home = _name(node), home_around(node) or source.tree
    found: set[bool] = set()
    for each in walk(home):
        if not isinstance(each, ast.Name) or each.id != name or not isinstance(each.ctx, ast.Load):
            continue
        up = getattr(each, "parent", None)
        if isinstance(up, ast.Subscript) and up.value is each:
            parts = items_of(up.slice)
            is_step = takes_all(parts[0]) and len(parts) > 1
            found |= {True} if is_step else {False} if whole_number(parts[0]) is not None and len(parts) == 1 else set()
        method = next(iter(parents(up)), None) if isinstance(up, ast.Attribute) else None
        if isinstance(method, ast.Call) and isinstance(up, ast.Attribute) and method.func is up:
            axes = [whole_number(arg) for arg in (*method.args, *(key.value for key in method.keywords))]
            is_step = (up.attr in (*_REDUCTIONS, "size") and 1 in axes) or {*axes} == {1, 2}
            found |= {True} if is_step else {False} if up.attr == "squeeze" and axes == [0] else set()
    return found.pop() if len(found) == 1 else None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
