"""A state that is cut off once, in front of rounds of which each goes backward: cut off where each round begins."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import without_keyword
from shapecheck.reading.failing import failed, says
from shapecheck.reading.going_back import GoingBack, going_back
from shapecheck.reading.sources import Loop, Source, is_own, last_name, names_in, walk
from shapecheck.remedies.graphs.detached import ALL_STEPS, goes_over_steps

CAUSE = "state_not_detached"
# Below what cuts the state off anew: the script has a line for it.
_COST = 0.05
_CUTS = ("detach", "detach_")
# What only puts together what is cut off.
_ROWS = ("tuple", "list", "isinstance", "type", "len", "items", "zip", "map")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``net.detach_state()`` or ``h = h.detach()`` for each step that goes backward, not for each sequence."""
    found = going_back(evidence) if failed(evidence, "backward") is not None else None
    is_kept = found is not None and any(each.arg == "retain_graph" for each in found.call.keywords)
    is_it = says(evidence, r"second time") or (is_kept and says(evidence, r"modified by an inplace operation"))
    if found is None or not is_it or not isinstance(found.rounds, Loop):
        return []
    gone = without_keyword(found.source.span(found.call), "retain_graph") if is_kept else None
    doubt = "" if _steps(found) and not goes_over_steps(found.rounds) else ALL_STEPS
    ways = [each for line in _cut_before(found) for each in _moved(found, line)]
    return [replace(each, changes=(*each.changes, *([gone] if gone else [])), doubt=doubt) for each in ways]


def _steps(found: GoingBack) -> bool:
    """Whether the optimizer makes its step in each of these rounds too."""
    calls = (each for each in walk(found.rounds) if isinstance(each, ast.Call))
    return any(last_name(each.func) == "step" and not each.args for each in calls)


def _moved(found: GoingBack, line: ast.Assign | ast.Expr) -> Iterator[Candidate]:
    changes: tuple[Change, ...] = found.in_each_round(line)
    if changes:
        yield Candidate(f"{found.source.span(line).text} in each round", changes, (), _COST)


def _cut_before(found: GoingBack) -> Iterator[ast.Assign | ast.Expr]:
    """The statements beside the rounds, in front of them, that cut off what each round begins with."""
    up = getattr(found.rounds, "parent", None)
    block = next((each for name in ("body", "orelse") if found.rounds in (each := getattr(up, name, []))), [])
    inside = {ast.dump(each) for each in walk(found.rounds) if isinstance(each, ast.stmt)}
    for line in block[: block.index(found.rounds)] if block else ():
        if not isinstance(line, ast.Assign | ast.Expr) or ast.dump(line) in inside:
            continue
        call = line.value if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call) else None
        is_cut = _is_cut_of_itself(found, line) if isinstance(line, ast.Assign) else False
        if is_cut or (call is not None and _only_cuts(found, call)):
            yield line


def _is_cut_of_itself(found: GoingBack, line: ast.Assign) -> bool:
    """Whether names that each round gives another value are made of themselves, and cut off: ``h = h.detach()``."""
    names = stored_in(line)
    is_carried = bool(names) and names <= stored_in(found.rounds) and names <= names_in(line.value)
    own = {
        name
        for each in walk(line.value)
        if isinstance(each, ast.Call) and _is_of_cuts(found.source, name := last_name(each.func), {"Name"})
    }
    return is_carried and _is_only_cut(line.value, own)


def _only_cuts(found: GoingBack, call: ast.Call) -> bool:
    """Whether a call, of something that the rounds call as well, does nothing but cut off a state."""
    if not isinstance(call.func, ast.Attribute):
        return False
    whole = call.func.value
    is_read = bool(names_in(whole)) and names_in(whole) <= names_in(found.rounds)
    if call.func.attr == "detach_":
        return is_read
    return is_read and not call.args and _is_of_cuts(found.source, call.func.attr, {"Attribute"})


def _is_of_cuts(source: Source, name: str, kinds: set[str]) -> bool:
    """Whether the script's only function of a name is one that cuts off, and begins nothing anew."""
    functions = [each for each in source.functions if each.name == name]
    if len(functions) != 1:
        return False
    is_method = any(is_own(each) for each in walk(functions[0]))
    return ("Attribute" if is_method else "Name") in kinds and _is_only_cut(functions[0], ())


def _is_only_cut(node: ast.AST, own: Collection[str]) -> bool:
    """Whether something is cut off, and nothing is reckoned: what begins anew, or decays, is meant where it stands."""
    calls = [last_name(each.func) for each in walk(node) if isinstance(each, ast.Call)]
    is_reckoned = any(
        isinstance(each, ast.BinOp | ast.AugAssign)
        or (isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant))
        for each in walk(node)
    )
    is_cut = any(each in _CUTS or each in own for each in calls)
    return is_cut and not is_reckoned and all(each in (*_CUTS, *_ROWS, *own) for each in calls)
