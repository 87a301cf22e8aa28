"""What an error of shapecheck's own says, with its place and its changes in the names of the user's script."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.diagnose import FAR_FETCHED
from shapecheck.errors import ShapecheckError
from shapecheck.evidence import Evidence
from shapecheck.findings import Diagnosis, Fix
from shapecheck.reading.edits import bracketed, edits_of, expression, replaced

# What is asked of another operand, which stays as it is.
_ASKED = ("dtype", "device", "shape")


def told_by(error: ShapecheckError, found: Sequence[Diagnosis], evidence: Evidence) -> Iterator[Diagnosis]:
    """The diagnoses that an error carries, and what the sources prove to lie behind it.

    Args:
        error: The error.
        found: What was found as for an error of torch's, with changes that were tried.
        evidence: What is known of the crash.
    """
    crash_line = evidence.crash.line if evidence.crash is not None else None
    frame = evidence.user_frame
    there = frame.statement.place if frame is not None else None
    said = {own.code: own for own in getattr(error, "diagnoses", ())}
    if not any(each.code in said for each in found):
        found = [each for each in found if each.certainty == "proved"] or list(said.values())
    for each in found:
        own = said.get(each.code, each)
        place = own.place or (each.place if each.fixes else None) or there
        # What only makes the call run, torch's error would have been offered; this one knows what is meant.
        sure = tuple(fix for fix in each.fixes if fix.cost < FAR_FETCHED)
        fixes = tuple(_in_their_names(fix, evidence) for fix in sure or own.fixes)
        yield replace(own, place=place, crash_line=crash_line, fixes=fixes)


def _in_their_names(fix: Fix, evidence: Evidence) -> Fix:
    """A change that names what a layer or a loss calls its operands, as a change of the user's line."""
    operation, node = evidence.operation, expression(fix.title)
    if fix.edits or operation is None or operation.span is None or node is None:
        return fix
    given = {item.role: item for item in operation.arguments if item.span is not None and "[" not in item.role}
    if len({item.span for item in given.values()}) < len(given):
        # crit(*args): what stands there stands for several.
        return fix
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in given]
    asked = {part.value for part in ast.walk(node) if isinstance(part, ast.Attribute) and part.attr in _ASKED}
    changed = {part.id for part in names if part not in asked}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        # The call itself with its operands in another order: loss(target, input).
        span, node.func.id = operation.span, operation.callee
    elif len(changed) == 1 and (item := given[changed.pop()]).span is not None:
        span = item.span
    else:
        return fix
    for part in names:
        part.id = bracketed(given[part.id].expression)
    text = ast.unparse(node)
    try:
        edits = edits_of("".join(linecache.getlines(span.file)), [replaced(span, text)])
    except ValueError:
        # The file is not what was run any more.
        return fix
    return replace(fix, title=text, edits=edits) if operation.callee and expression(text) is not None else fix
