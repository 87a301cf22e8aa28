"""A data set, or a memory of samples, does not say how many it has."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import class_named
from shapecheck.reading.sources import Source, is_own, last_name, names_in, walk

_DRAW_OF = ("sample", "choice", "choices", "shuffle")
_SAMPLERS = (*_DRAW_OF, "randperm", "randint", "multinomial")
_SEVERAL = "the class keeps several things that may be counted"
_REACHES_ON = "a sample is worked out from its number, and there may be fewer samples than are kept, or more"


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, r"object of type '(\w+)' has no len\(\)")
    owner = class_named(evidence, found[1]) if found is not None else None
    if owner is None or method_of(owner[1], "__len__") is not None or not _holds_samples(owner[1]):
        return None
    because = f"{owner[1].name} has no __len__, which len() and a loader that shuffles ask"
    return Recognition(because, weight=9, candidates=tuple(_told(*owner)), place=owner[0].span(owner[1].body[-1]))


def _holds_samples(owner: ast.ClassDef) -> bool:
    """Whether a class is a data set, or gives samples by their number, or draws some of them."""
    is_set = any(last_name(base).endswith("Dataset") for base in owner.bases)
    draws = any(isinstance(each, ast.Call) and last_name(each.func) in _SAMPLERS for each in walk(owner))
    return is_set or draws or method_of(owner, "__getitem__") is not None


def _told(source: Source, owner: ast.ClassDef) -> Iterator[Candidate]:
    """A method behind the last one, which counts what the samples are taken from."""
    kept = list(_taken_from(owner))
    for name in dict.fromkeys(kept):
        last = owner.body[-1]
        indent = " " * last.col_offset
        text = f"\n\n{indent}def __len__(self):\n{indent}    return len({name})"
        doubt = _SEVERAL if len(set(kept)) > 1 else _REACHES_ON if _reckons(owner) else ""
        yield Candidate(f"__len__ returns len({name})", (Change(_end_of_line(source, last), text),), (), 0.0, doubt)


def _end_of_line(source: Source, last: ast.stmt) -> Span:
    """The place behind a statement, and behind the comment on its line."""
    line = last.end_lineno or last.lineno
    column = len(source.lines[line - 1].rstrip())
    return Span(source.file, line, column, line, column)


def _reckons(owner: ast.ClassDef) -> bool:
    """Whether ``__getitem__`` reckons with the number of a sample: ``self.rows[at + 1]``."""
    getter = method_of(owner, "__getitem__")
    names = {each.arg for each in getter.args.args[1:]} if getter is not None else set[str]()
    return any(isinstance(each, ast.BinOp) and names_in(each.left, each.right) & names for each in walk(getter))


def _taken_from(owner: ast.ClassDef) -> Iterator[str]:
    """What ``__getitem__`` takes an item of, or what samples are drawn from or put to."""
    getter = method_of(owner, "__getitem__")
    names = [each.arg for each in getter.args.args[1:]] if getter is not None else []
    if getter is not None:
        for each in walk(getter):
            if isinstance(each, ast.Subscript) and is_own(each.value) and ast.unparse(each.slice) in names:
                yield ast.unparse(each.value)
        return
    counted: Counter[str] = Counter()
    for each in walk(owner):
        if isinstance(each, ast.Call) and last_name(each.func) in _DRAW_OF and each.args and is_own(each.args[0]):
            counted[ast.unparse(each.args[0])] += 1
    yield from counted


BAD = """\
import torch
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, at):
        return self.rows[at]


for batch in DataLoader(Rows(torch.randn(8, 3)), batch_size=4):
    print(batch.shape)
"""

GOOD = BAD.replace("self.rows[at]\n", "self.rows[at]\n\n    def __len__(self):\n        return len(self.rows)\n")

FAULT = Fault(
    code="SC936",
    slug="length_not_told",
    headline="a collection of samples does not say how many it has",
    why=(
        "len(data) calls __len__ of its class. A loader asks it for how many samples there are, to know how many "
        "batches that makes and which numbers to draw."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A data set has __len__ and __getitem__.",
    messages=(r"object of type '\w+' has no len\(\)",),
)
