"""load_state_dict is given a module, or the name of a file, and not a state dict."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import replaced, suffixed
from shapecheck.reading.failing import says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, last_name, written_as


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"Expected state_dict to be dict-like, got <class '") else None
    calls = [each for each in line[1] if isinstance(each, ast.Call)] if line is not None else []
    call = next((each for each in calls if last_name(each.func) == "load_state_dict"), None)
    given = given_as(call, "state_dict", 0) if call is not None else None
    if line is None or given is None:
        return None
    text, held = line[0].span(given).text, evidence.held.get(ast.unparse(given))
    is_text = says(evidence, r"got <class 'str'>") is not None
    if is_text:
        because = f"{text} is a text: of a file of that name, torch.load() gives the tensors"
        return Recognition(because, weight=9, candidates=_read(line[0], given))
    is_module = held is not None and held.kind == "module"
    way = suffixed(line[0].span(given), ".state_dict()")
    ways = (Candidate(way.text, (way,), (), 0.0),) if is_module else ()
    return Recognition(f"{text} is no table of tensors by their names", weight=9, candidates=ways) if ways else None


def _read(source: Source, given: ast.expr) -> tuple[Candidate, ...]:
    """``torch.load(path)`` for ``path``."""
    written = written_as(source.tree, "torch")
    text = f"{written}.load({source.span(given).text})"
    return (Candidate(text, (replaced(source.span(given), text),), (), 0.0),) if written else ()


BAD = """\
import torch
from torch import nn

online, target = nn.Linear(3, 2), nn.Linear(3, 2)
target.load_state_dict(online)
print(torch.equal(online.weight, target.weight))
"""

GOOD = BAD.replace("load_state_dict(online)", "load_state_dict(online.state_dict())")

FAULT = Fault(
    code="SC938",
    slug="module_for_state_dict",
    headline="load_state_dict is given something else than a state dict",
    why=(
        "load_state_dict takes a table of tensors by their names, as state_dict() of a module gives it, and as "
        "torch.load() reads it from a file."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="target.load_state_dict(source.state_dict()); model.load_state_dict(torch.load(path)).",
    messages=(r"Expected state_dict to be dict-like, got <class '",),
)
