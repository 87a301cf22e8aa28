"""What is known of the crash that ended a run of a script, in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

_MOST_SAID = 600


def causes(ran: Mapping[str, Any]) -> tuple[str, ...]:
    """The known causes of the crash that ended it, each with the line to change."""
    known = [found for found in ran.get("findings", ()) if found.get("slug") != "unrecognised"]
    return tuple(f"{found['code']}, {found['headline']}{_at(found.get('place'))}" for found in known)


def where(ran: Mapping[str, Any]) -> str:
    """The line of the script at which it ended, with what stands there."""
    at = ran.get("at")
    return f"{os.path.basename(at['file'])}:{at['line']}: {at['text']}" if at else ""


def is_told_by_run(ran: Mapping[str, Any]) -> bool:
    """Whether ``shapecheck run`` has more to show than the line: a cause that is known, or what was operated on.

    It looks at no values where the script has nothing to do with torch, or leaves of its own accord.
    """
    at = ran.get("at") or {}
    return bool(causes(ran)) or (bool(at.get("about_torch")) and bool(ran.get("operation")))


def said(ran: Mapping[str, Any]) -> str:
    """How a run ended, in one line: the first one of the message, and further ones where it ends in a colon."""
    if ran["status"] != "crashed":
        return str(ran.get("message") or ran["status"])
    text = f"{ran.get('type', '')}: {ran.get('message', '')}"
    if "Original Traceback (most recent call last):" in text:
        # What a worker of a loader said stands below the traceback that torch has put into the message.
        text = text.rstrip().rpartition("\n")[2]
    told, *rest = text.split("\n")
    while rest and told.rstrip().endswith(":"):
        told = f"{told.rstrip()} {rest.pop(0).strip()}"
    return told[:_MOST_SAID]


def _at(place: Mapping[str, Any] | None) -> str:
    # What was given to exec has no file to look into.
    is_file = place is not None and not place["file"].startswith("<")
    return f", at {os.path.basename(place['file'])}:{place['line']}" if place is not None and is_file else ""
