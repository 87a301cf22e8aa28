"""Compares the training steps of a script before a crash with those of the script as it was changed."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shapecheck.findings import Edit
from shapecheck.reading.edits import edited
from shapecheck.reading.sources import last_name

# One step may have handed on what made the next one fail; two in a row have gone well.
_ENOUGH = 2
_TOLERANCE = 1e-3


def gone_otherwise(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether one of the steps that two runs have in common learned from other gradients.

    Args:
        before: The run that crashed, with what its ``"steps"`` learned from.
        after: Another run.
    """
    steps = list(before.get("steps", ()))
    pairs = zip(steps, after.get("steps", ()), strict=False)
    return len(steps) >= _ENOUGH and not all(math.isclose(one, two, rel_tol=_TOLERANCE) for one, two in pairs)


def run_in_each_step(edits: Iterable[Edit], read: Mapping[str, str]) -> bool:
    """Whether edits change only what modules do, not how they and their data are made.

    Args:
        edits: The edits of whole lines.
        read: File -> its text.
    """
    return all(any(True for _ in _methods_of(edit, read[edit.file])) for edit in edits)


def leaves_batch_out(edits: Iterable[Mapping[str, Any]]) -> bool:
    """Whether edits have a loader leave out the smaller last batch, which hides what is wrong with it."""
    return any(re.search(r"\bdrop_last\s*=\s*True\b", edit["replacement"]) for edit in edits)


def _methods_of(edit: Edit, text: str) -> Iterable[ast.FunctionDef]:
    """The method of a module in which an edit changes a line, if it is not run when the module is made."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    lines, new = text.split("\n"), edited(text, [edit]).split("\n")
    changed = [at for at in range(edit.line, edit.end_line + 1) if lines[at - 1] not in new[edit.line - 1 :]]
    first, last = (changed[0], changed[-1]) if changed else (edit.end_line, edit.end_line)
    for owner in (each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)):
        methods = [each for each in owner.body if isinstance(each, ast.FunctionDef)]
        if not any(each.name == "forward" for each in methods):
            continue
        made = next((each for each in methods if each.name == "__init__"), None)
        asked = {last_name(each.func) for each in ast.walk(made) if isinstance(each, ast.Call)} if made else set()
        for each in methods:
            is_inside = each.lineno <= first <= last <= (each.end_lineno or each.lineno)
            if is_inside and each is not made and each.name not in asked:
                yield each
