"""What gives the parts that names take apart: what a function returns or yields, and what a loader makes of samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.definitions import method_of, values_returned
from shapecheck.reading.origins import spans_of
from shapecheck.reading.script_classes import called_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    receivers,
    user_sources,
    walk,
)
from shapecheck.reading.taken_apart import TakenApart
from shapecheck.reading.vocabulary import STATE_NAMES

# So far a function is followed that returns what another one returns.
_MOST = 4
_BESIDE = ("TensorDataset", "zip")
_COUNTING = ("enumerate", "items", "map", "zip_longest", "product")
_PARTED = ("random_split", "Subset")
_MODULES = ("torch", "F", "nn", "np", "numpy", "functional")


@dataclass(frozen=True)
class Given:
    """What is given at one of the ways out.

    Args:
        source: The file.
        node: What is returned or yielded; for tensors side by side the call that puts them there.
        function: The function that gives it, where it is one.
    """

    source: Source
    node: ast.expr
    function: ast.FunctionDef | None = None

    @property
    def is_row(self) -> bool:
        """Whether it has parts."""
        return isinstance(self.node, ast.Tuple | ast.List) or self._is_beside

    @property
    def parts(self) -> list[ast.expr]:
        """Its parts; itself where it has none."""
        if isinstance(self.node, ast.Tuple | ast.List):
            return self.node.elts
        return self.node.args if isinstance(self.node, ast.Call) and self._is_beside else [self.node]

    @property
    def _is_beside(self) -> bool:
        return isinstance(self.node, ast.Call) and last_name(self.node.func) in _BESIDE


def givers(evidence: Evidence, taken: TakenApart) -> tuple[Given, ...]:
    """What the parts come from, once for each way out; nothing where it is not known, or their number is not one."""
    found = _given(evidence, taken.source, taken.value, taken.is_each, _MOST)
    each = tuple(dict.fromkeys(found))
    is_spread = any(isinstance(part, ast.Starred) for one in each for part in one.parts)
    same = len({(one.is_row, len(one.parts)) for one in each}) == 1
    return each if same and not is_spread else ()


def part_name(node: ast.expr | None) -> str:
    """The name of what an expression is of: ``x`` of ``x.unsqueeze(0)``, of ``torch.tensor(x)`` and of ``x[0]``."""
    if node is None:
        return ""
    last = list(receivers(node))[-1]
    if isinstance(last, ast.Call):
        return part_name(last.args[0]) if len(last.args) == 1 else ""
    if isinstance(last, ast.Name) and last.id in _MODULES:
        call = next((each for each in reversed(list(receivers(node))) if isinstance(each, ast.Call)), None)
        return part_name(call.args[0]) if call is not None and call.args else ""
    is_method = isinstance(last, ast.Name) and last.id == "self"
    return "" if is_method else last_name(last)


def _given(evidence: Evidence, source: Source, node: ast.expr, is_each: bool, most: int) -> Iterator[Given]:
    if most == 0:
        return
    if isinstance(node, ast.Call) and last_name(node.func) == "next" and not is_each and len(node.args) == 1:
        inner = node.args[0]
        is_begun = isinstance(inner, ast.Call) and last_name(inner.func) == "iter" and len(inner.args) == 1
        inner = inner.args[0] if is_begun and isinstance(inner, ast.Call) else inner
        yield from _given(evidence, source, inner, True, most - 1)
        return
    if isinstance(node, ast.Call) and last_name(node.func) in _COUNTING:
        return
    if is_each:
        for where, each in _back(evidence, source, node):
            found = tuple(_items(evidence, where, each, most))
            yield from found
            if found:
                return
        return
    called = called_of(evidence, source, node)
    if called is not None:
        yield from _returned(evidence, *called, most)


def _back(evidence: Evidence, source: Source, node: ast.expr) -> Iterator[tuple[Source, ast.expr]]:
    """An expression and those that made it, nearest first."""
    for span in spans_of(evidence, source.span(node), parts=True):
        where, each = found_at(span)
        if where is not None and each is not None:
            yield where, each


def _returned(evidence: Evidence, source: Source, function: ast.FunctionDef, most: int) -> Iterator[Given]:
    """What a function gives back itself, and for the call of another one what that gives."""
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in walk(function)):
        return
    for value in values_returned(function):
        if function_around(value) is not function:
            continue
        behind = tuple(_given(evidence, source, value, False, most - 1)) if isinstance(value, ast.Call) else ()
        yield from behind if any(each.is_row for each in behind) else (Given(source, value, function),)


def _items(evidence: Evidence, source: Source, node: ast.expr, most: int) -> Iterator[Given]:
    """What each item is of something that a loop goes over."""
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield Given(source, node.elt, function_around(node))
    elif isinstance(node, ast.List | ast.Tuple):
        yield from (Given(source, each, function_around(node)) for each in node.elts if isinstance(each, ast.Tuple))
    if not isinstance(node, ast.Call):
        return
    name = last_name(node.func)
    if name == "list" and len(node.args) == 1:
        yield from _items(evidence, source, node.args[0], most)
    elif name in _BESIDE and node.args:
        yield Given(source, node, function_around(node))
    elif name == "DataLoader":
        yield from _batches(evidence, source, node, most)
    elif name in _PARTED and node.args:
        yield from _given(evidence, source, node.args[0], True, most - 1)
    else:
        yield from _samples(evidence, source, node, most)


def _batches(evidence: Evidence, source: Source, loader: ast.Call, most: int) -> Iterator[Given]:
    collate, data = given_as(loader, "collate_fn"), given_as(loader, "dataset", 0)
    if isinstance(collate, ast.Lambda):
        return
    if collate is not None and not (isinstance(collate, ast.Constant) and collate.value is None):
        for each in user_sources(evidence):
            for function in each.functions:
                if function.name == last_name(collate):
                    yield from _returned(evidence, each, function, most)
    elif data is not None:
        yield from _given(evidence, source, data, True, most - 1)


def _samples(evidence: Evidence, source: Source, call: ast.Call, most: int) -> Iterator[Given]:
    """What a data set of the script gives for an index, and what a function yields."""
    for where in user_sources(evidence):
        for owner in where.classes:
            sample = method_of(owner, "__getitem__") if owner.name == last_name(call.func) else None
            if sample is not None:
                yield from _returned(evidence, where, sample, most)
    called = called_of(evidence, source, call)
    for each in walk(called[1]) if called is not None else ():
        if called is None or not isinstance(each, ast.Yield) or each.value is None:
            continue
        behind = tuple(_given(evidence, called[0], each.value, False, most - 1))
        yield from behind or (Given(called[0], each.value, called[1]),)


def same_name(name: str, other: str) -> bool:
    """Whether two names are those of one thing: one of them of several, or with a word more; states have many names.

    >>> same_name("labels", "label"), same_name("val_loss", "loss"), same_name("h", "hidden"), same_name("x", "y")
    (True, True, True, False)
    """
    words, others = (_words(each) for each in (name, other))
    return bool(words and others) and (words <= others or others <= words)


def _words(name: str) -> frozenset[str]:
    name = name.lower()
    if name in STATE_NAMES:
        return frozenset({"state"})
    return frozenset(map(_of_one, (each for each in name.split("_") if each and each != "self")))


def _of_one(word: str) -> str:
    """A word of several as that of one: ``losses``, ``labels``."""
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 1 else word


def is_same_but_for_number(name: str, other: str) -> bool:
    """Whether two names have the same words: ``label`` and ``labels``, ``h`` and ``hidden``."""
    return _words(name) == _words(other)
