"""Whether a changed script got farther than it did before the change, read from how the two runs ended."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from shapecheck.reading.edits import expression
from shapecheck.reading.sources import last_name

_NO_PROGRESS = ("SyntaxError", "IndentationError", "NameError")
# A fault that is not known has nothing to say of whether it is another one.
_UNKNOWN = "SC000"
# What is changed for a lesser reason may exchange one disorder for another.
_LIKELY = 0.3


def is_farther(ran: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether it crashed at another place, or with another error: the same one with other numbers leads nowhere."""
    return not _leads_nowhere(ran) and _crashed_at(ran) != _crashed_at(before)


def is_past_its_fault(
    ran: Mapping[str, Any], before: Mapping[str, Any], found: Mapping[str, Any], fix: Mapping[str, Any]
) -> bool:
    """Whether it crashes at the same place, yet the fault that was mended is gone, and another one is left.

    A loss says the same of a wrong number of rows as of an axis that is missing: each of two faults hides behind the
    other, and the first is mended although the line still fails.

    Args:
        ran: How the changed script ended.
        before: How it ended without the change.
        found: The fault that the change is for.
        fix: The change: only one that is likely tells more than that sizes are other ones now.
    """
    if _leads_nowhere(ran) or ran.get("message") == before.get("message"):
        return False
    is_likely = fix.get("cost", 9.0) <= _LIKELY and not fix.get("doubt")
    left = {each["code"] for each in ran.get("findings", ())}
    return is_likely and bool(left) and not left & {found["code"], _UNKNOWN}


def _leads_nowhere(ran: Mapping[str, Any]) -> bool:
    """Whether the change itself is no program, or names what is not there; a name that is known to lack self was so."""
    is_known = any(each["code"] != _UNKNOWN for each in ran.get("findings", ()))
    return ran.get("type") in _NO_PROGRESS and not is_known


def crashed_sooner(ran: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether calls fail with a change that went well without: it ended after not half as many calls of modules."""
    return ran["status"] == "crashed" and bool(2 * ran.get("calls", 0) < before.get("calls", 0))


def fails_by_itself(ran: Mapping[str, Any], sources: Mapping[str, str], texts: Mapping[str, str]) -> bool:
    """Whether it crashed in a call that the changes put there: ``astype`` cannot make numbers of rows of lists either.

    Args:
        ran: How the changed script ended.
        sources: Path -> new text of the files that were changed.
        texts: Path -> what their text was.
    """
    places = zip(ran.get("lines") or (), ran.get("pieces") or (), strict=False)
    at = [(path, line, piece) for (path, line), piece in places if path in sources]
    if not at or not at[-1][2]:
        return False
    path, line, piece = at[-1]
    node, new, old = expression(piece), sources[path].splitlines(), texts[path].splitlines()
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    if not name or not 0 < line <= len(new) or new[line - 1] in old:
        return False
    replaced = "\n".join(each for each in old if each not in new)
    return re.search(rf"\b{name}\(", replaced) is None


def _crashed_at(ran: Mapping[str, Any]) -> tuple[Any, ...]:
    # A line may hold several operations, each with the same complaint.
    return re.sub(r"\d+", "#", str(ran.get("message"))), ran.get("lines"), ran.get("operation")
