"""What was collected batch by batch, put together along the axis of the samples: the last batch may be smaller."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, piece, with_keyword
from shapecheck.reading.joined.joined_lists import JoinedList, joined_list
from shapecheck.reading.sources import call_around, last_name, node_at, user_sources
from shapecheck.reading.vocabulary import LIBRARIES

# Less than a padding, which would make samples of nothing.
_COST = 0.15
_JOINS = ("concatenate", "concat", "vstack", "hstack")
_BESIDE = "they may be meant to stand side by side, and one of them to be as long as the others"
# Of fewer, the last one is not known to be smaller by what is left over.
_BATCHES = 3
_SEVERAL = "the items may be sequences of several lengths, which are padded to go side by side"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``np.vstack``, ``torch.cat`` or another axis, where the items of a list differ along one axis alone."""
    found = joined_list(evidence)
    call = call_of(found.place) if found is not None else None
    if found is None or call is None or not isinstance(call.func, ast.Attribute):
        return []
    function = piece(found.place, call.func)
    home, module = function.text.removesuffix(found.name), ast.unparse(call.func.value)
    if last_name(call.func) != found.name or module not in LIBRARIES:
        return []
    doubt = "" if found.by_batches else _BESIDE
    if found.name in ("hstack", "vstack"):
        other = {("hstack", 0): "vstack", ("vstack", 1): "hstack"}.get((found.name, found.axis))
        # Where a row is one number a sample, hstack is right already.
        fits = other is not None and all(len(sizes) > 1 for sizes in found.shapes)
        return [Candidate(f"{home}{other}", (Change(function, f"{home}{other}"),), (), _COST, doubt)] if fits else []
    if found.name in ("concatenate", "concat") and module != "torch":
        change = with_keyword(found.place, "axis", str(found.axis))
        positional = argument(found.place, "axis", 1)
        change = Change(positional, str(found.axis)) if positional is not None else change
        return [Candidate(f"axis={found.axis}", (change,), (), _COST, doubt)] if change is not None else []
    if found.name in ("stack", "array", "asarray") and found.axis == 0:
        return _end_to_end(evidence, found, home, module)
    return []


def _end_to_end(evidence: Evidence, found: JoinedList, home: str, module: str) -> list[Candidate]:
    """Instead of a new axis for the batches, one axis for the samples of all of them."""
    if not found.ends_short:
        return []
    if len(_arguments(found)) != 1 and found.name == "stack":
        return []
    around = call_around(node_at(found.place))
    if around is not None and last_name(around.func) in _JOINS and _is_all(found):
        # They are put together by what the array is for: it takes the list.
        return [Candidate(found.given.text, (Change(found.place, found.given.text),), (), _COST)]
    name = f"{home}{'cat' if module == 'torch' else 'concatenate'}"
    text = re.sub(rf"^{re.escape(home)}{found.name}\(", f"{name}(", found.place.text)
    are_rows = len(found.shapes[0]) < 2 and module != "torch" and found.name == "array"
    are_few = len(found.shapes) < _BATCHES and not _are_as_told(evidence, found.shapes[0][0])
    doubt = _SEVERAL if are_rows or are_few else ""
    return [Candidate(name, (Change(found.place, text),), (), _COST, doubt)]


def _is_all(found: JoinedList) -> bool:
    """Whether the list is all that the call was given."""
    return [ast.unparse(each) for each in _arguments(found)] == [found.given.text]


def _are_as_told(evidence: Evidence, size: int) -> bool:
    """Whether a loader was told to make batches of so many samples."""
    for source in user_sources(evidence):
        for call in source.calls("DataLoader"):
            told = argument(source.span(call), "batch_size", 1)
            if told is not None and size > 1 and worked_out(evidence, told) == size:
                return True
    return False


def _arguments(found: JoinedList) -> list[ast.expr]:
    """All that the call was given."""
    call = call_of(found.place)
    return [*call.args, *(each.value for each in call.keywords)] if call is not None else []
