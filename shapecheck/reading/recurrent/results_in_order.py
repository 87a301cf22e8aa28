"""Which of the results of a layer two names bear: a recurrent layer gives its output, and then its state."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import Source, home_around, items_of, last_name, parents, walk

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
class Taken:
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


def taken_from(evidence: Evidence, source: Source, line: ast.AST) -> Taken | None:
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
    return Taken(kind, call, *target.elts) if kind in _ORDERS else None


def _kind_called(evidence: Evidence, name: str) -> str:
    """The kind of the layers that were called by a name before, where they are of one kind."""
    calls = (entry.call for entry in evidence.trace or ())
    kinds = {call.type for call in calls if name and call.module.rpartition(".")[2] == name}
    return kinds.pop() if len(kinds) == 1 else ""


def is_unread(source: Source, node: ast.expr) -> bool:
    """Whether nobody reads what gets a result there."""
    name, home = _name(node), home_around(node) or source.tree
    if not name:
        return False
    reads = (each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
    return name == "_" or all(each.id != name for each in reads)


def reads_steps(source: Source, node: ast.expr) -> bool | None:
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
