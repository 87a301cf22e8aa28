"""Two arguments that are called like each other's parameters: ``accuracy(labels, scores)`` of ``(scores, labels)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import failed
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import Source, home_around, last_name, user_sources, walk
from shapecheck.remedies.moves import exchanged

CAUSE = "arguments_in_other_order"
_MODEL = "the model that is given with them may have been meant to go from the one to the other, as they stand"
_COUNTS = frozenset({"", "n", "num", "nb", "number", "size", "dim", "dims", "count", "of"})
_MIRRORED = "something else is made with them in that order, which this may undo"
_OTHER_MODEL = "another of its kind is given them in that order, and this one may go the other way"
_INS, _OUTS = frozenset({"in", "input", "inp", "inputs"}), frozenset({"out", "output", "outputs"})
_BOTH_WAYS = "it is called both ways, which may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Two names exchanged, in a call of what the script defines."""
    return list(_found(evidence)) if failed(evidence) is not None else []


def _found(evidence: Evidence) -> Iterator[Candidate]:
    for source in user_sources(evidence):
        for call in (each for each in walk(source.tree) if isinstance(each, ast.Call) and len(each.args) > 1):
            names = [_words(each) for each in _parameters(evidence, source, call)]
            given = [_words(_called(each)) for each in call.args]
            for at, name in enumerate(given[: len(names)]):
                place = names.index(name) if name in names else at
                if at < place < len(given) and given[place] == names[at] != name:
                    one, other = source.span(call.args[at]), source.span(call.args[place])
                    doubt = _doubt(evidence, source, call, (at, place), name | names[at])
                    yield exchanged(one, other, cost=0.02, doubt=doubt)


def _doubt(evidence: Evidence, source: Source, call: ast.Call, places: tuple[int, int], words: frozenset[str]) -> str:
    """What speaks against the exchange of two arguments of a call, for which its parameters have some words."""
    others = _in_order(source, call, *places)
    if any(last_name(each.func) == last_name(call.func) for each in others):
        return _BOTH_WAYS
    if _is_given_model(evidence, call):
        return _MODEL
    beside = [each for each in others if home_around(each) is home_around(call)]
    if beside and words & _INS and words & _OUTS:
        return _MIRRORED
    made = kind_of(evidence, source.span(call.func))
    return _OTHER_MODEL if made and any(kind_of(evidence, source.span(each.func)) == made for each in others) else ""


def _is_given_model(evidence: Evidence, call: ast.Call) -> bool:
    """Whether the call is given a model as well, which may have been made for them as they stand."""
    held = [frame.names.get(name) for frame in evidence.frames for name in map(_called, call.args)]
    return any(each is not None and each.kind == "module" for each in held)


def _in_order(source: Source, call: ast.Call, at: int, place: int) -> list[ast.Call]:
    """The calls that are given the same two arguments the other way round."""
    given = [ast.unparse(call.args[each]) for each in (place, at)]
    others = (each for each in walk(source.tree) if isinstance(each, ast.Call) and len(each.args) > max(at, place))
    return [each for each in others if [ast.unparse(each.args[spot]) for spot in (at, place)] == given]


def _parameters(evidence: Evidence, source: Source, call: ast.Call) -> list[str]:
    """The names for what is given by position: of a function, a class or the forward of what it made, of this file."""
    name = last_name(call.func) if isinstance(call.func, ast.Name) else ""
    defined = {each.name: each for each in source.tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    if name in defined:
        return _named(defined[name], "__init__")
    have_names = len([each for each in call.args if _called(each)]) > 1
    made = defined.get(kind_of(evidence, source.span(call.func))) if have_names else None
    return _named(made, "forward") if isinstance(made, ast.ClassDef) else []


def _named(home: ast.FunctionDef | ast.ClassDef, method: str) -> list[str]:
    if isinstance(home, ast.FunctionDef):
        return [each.arg for each in home.args.args]
    function = method_of(home, method)
    return [each.arg for each in function.args.args][1:] if function is not None else []


def _called(node: ast.expr) -> str:
    """What a value is called: ``heads`` for ``heads``, ``args.heads`` and ``config["heads"]``."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return last_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _words(name: str) -> frozenset[str]:
    """The words of a name but for those that only say that it is a number: the same for ``n_heads`` and ``heads``."""
    return frozenset(name.lower().split("_")) - _COUNTS or frozenset({name})
