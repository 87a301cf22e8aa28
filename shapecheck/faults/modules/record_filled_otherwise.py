"""A record of named fields is filled otherwise than it is defined: rows for columns, one for all, or one too few."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import place_before, place_behind
from shapecheck.reading.failing import says
from shapecheck.reading.givers import part_name
from shapecheck.reading.sources import Source, class_around, known_at, last_name, node_at, source_of, walk
from shapecheck.reading.vocabulary import TENSORS

_REFUSED = r"(\w+)\.__new__\(\) (takes|missing) "
_NO_FIELD = r"'(?:list|tuple)' object has no attribute '(\w+)'"
_READERS = (*TENSORS, "array", "from_numpy", "stack", "cat", "concat")
_FEWEST = 2
# Names that happen to be those of fields do not fill a record that is made of rows.
_COST = -0.5


@dataclass(frozen=True, slots=True)
class _Record:
    """A named tuple of a script.

    Args:
        source: The file.
        name: What it is called.
        fields: Its fields, in order.
    """

    source: Source
    name: str
    fields: tuple[str, ...]


def _recognise(evidence: Evidence) -> Recognition | None:
    refused, lacks = says(evidence, _REFUSED), says(evidence, _NO_FIELD)
    frame = evidence.user_frame
    source = source_of(frame.span.file) if frame is not None else None
    if source is None or frame is None or (refused is None and lacks is None):
        return None
    wanted = refused[1] if refused is not None else ""
    records = [
        each for each in _records(source) if each.name == wanted or (lacks is not None and lacks[1] in each.fields)
    ]
    if len(records) != 1 or not _is_about_tensors(records[0]):
        return None
    record = records[0]
    ways = tuple(_ways(evidence, record) if refused is not None else _made_of_rows(record, node_at(frame.span)))
    call = node_at(frame.span)
    is_handed_on = isinstance(call, ast.Call) and any(isinstance(each, ast.Starred) for each in call.args)
    if not ways and not is_handed_on:
        return None
    fields = ", ".join(record.fields)
    return Recognition(f"{record.name} has the fields {fields}, and takes each by itself", weight=10, candidates=ways)


def _records(source: Source) -> Iterator[_Record]:
    """The named tuples that a file defines."""
    for line in walk(source.tree):
        for target, value in values_given(line):
            if isinstance(value, ast.Call) and last_name(value.func) == "namedtuple" and len(value.args) == _FEWEST:
                try:
                    given = ast.literal_eval(value.args[1])
                except (ValueError, TypeError, SyntaxError):
                    continue
                if not isinstance(given, str | list | tuple):
                    continue
                fields = given.replace(",", " ").split() if isinstance(given, str) else given
                yield _Record(source, ast.unparse(target), tuple(map(str, fields)))
        if isinstance(line, ast.ClassDef) and any(last_name(base) == "NamedTuple" for base in line.bases):
            own = [each.target for each in line.body if isinstance(each, ast.AnnAssign)]
            yield _Record(source, line.name, tuple(map(ast.unparse, own)))


def _is_about_tensors(record: _Record) -> bool:
    """Whether a tensor is made of one of the fields: ``torch.stack(batch.state)``."""
    for call in record.source.calls(*_READERS):
        read = [each for given in call.args for each in walk(given) if isinstance(each, ast.Attribute)]
        if any(each.attr in record.fields for each in read):
            return True
    return False


def _ways(evidence: Evidence, record: _Record) -> Iterator[Candidate]:
    """How the record may be filled."""
    frame = evidence.user_frame
    node = node_at(frame.span) if frame is not None else None
    if not isinstance(node, ast.Call) or last_name(node.func) != record.name or len(node.args) != 1 or node.keywords:
        return
    given, source = node.args[0], record.source
    inner = given.value if isinstance(given, ast.Starred) else given
    if isinstance(inner, ast.Call) and last_name(inner.func) == "zip" and len(inner.args) == 1:
        # Rows become columns by zip(*rows), and each column is a field by itself.
        places = [each for each in (given, inner.args[0]) if not isinstance(each, ast.Starred)]
        changes = tuple(Change(place_before(source.span(each)), "*") for each in places)
        text = f"{record.name}(*zip(*{ast.unparse(inner.args[0]).lstrip('*')}))"
        if changes:
            yield Candidate(text, changes, (), _COST)
    elif isinstance(given, ast.Starred) and isinstance(given.value, ast.Name):
        yield from _handed_on(evidence, record)


def _handed_on(evidence: Evidence, record: _Record) -> Iterator[Candidate]:
    """What the caller gave a function that hands all of it on: one row for several, or one too few."""
    frames = evidence.user_frames
    if len(frames) < _FEWEST:
        return
    source, call = source_of(frames[-2].span.file), node_at(frames[-2].span)
    if source is None or not isinstance(call, ast.Call) or call.keywords:
        return
    if len(call.args) == 1 and isinstance(call.args[0], ast.Tuple | ast.List):
        if len(call.args[0].elts) == len(record.fields):
            span = source.span(call.args[0])
            yield Candidate(span.text[1:-1], (Change(span, span.text[1:-1]),), (), 0.0)
        return
    own = [part_name(each) for each in call.args]
    missing = [each for each in record.fields if each not in own]
    places = [record.fields.index(each) for each in own if each in record.fields]
    if len(missing) == 1 and len(own) == len(record.fields) - 1 == len(places) and places == sorted(places):
        at = record.fields.index(missing[0])
        if missing[0] in known_at(call):
            where = place_behind(source.span(call.args[at - 1])) if at else place_before(source.span(call.args[0]))
            text = f", {missing[0]}" if at else f"{missing[0]}, "
            yield Candidate(missing[0], (Change(where, text),), (), 0.0)


def _made_of_rows(record: _Record, node: ast.expr | None) -> Iterator[Candidate]:
    """The record of columns, made of a list of records where the list is returned: ``Step(*zip(*rows))``."""
    asked = node.value if isinstance(node, ast.Attribute) else None
    source = record.source
    given = [
        value
        for line in walk(source.tree)
        for target, value in values_given(line)
        if asked is not None and ast.unparse(target) == ast.unparse(asked) and value.lineno < asked.lineno
    ]
    call = given[-1] if given else None
    if not isinstance(call, ast.Call):
        return
    returned = [
        line
        for function in source.functions
        if function.name == last_name(call.func) and class_around(function) is not None
        for line in walk(function)
        if isinstance(line, ast.Return)
    ]
    last = returned[0].value if len(returned) == 1 else call if last_name(call.func) in ("sample", "choices") else None
    if last is not None and record.name not in re.findall(r"\w+", ast.unparse(last)):
        span = source.span(last)
        text = f"{record.name}(*zip(*{span.text}))"
        yield Candidate(text, (Change(span, text),), (), 0.0)


BAD = """\
from collections import namedtuple

import torch

Step = namedtuple("Step", ("state", "reward"))
seen = [Step([0.0, 1.0], 0.5), Step([1.0, 1.0], 0.0), Step([2.0, 1.0], 1.0)]
batch = Step(*zip(seen))
print(torch.tensor(batch.state).shape, torch.tensor(batch.reward).shape)
"""

GOOD = BAD.replace("zip(seen)", "zip(*seen)")

FAULT = Fault(
    code="SC935",
    slug="record_filled_otherwise",
    headline="the fields of a record are filled otherwise than it is defined",
    why=(
        "A named tuple takes its fields one by one. Many of them in a list become one of columns by zip(*rows), which "
        "puts all first fields together, then all second ones; a second star gives each column to its field."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="batch = Step(*zip(*rows)): both stars are needed.",
    messages=(r"\w+\.__new__\(\) (takes \d+ positional arguments? but \d+|missing \d+ required positional)",),
)
