"""What is known of the crash that ended a run of a script, in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any


def causes(ran: Mapping[str, Any]) -> tuple[str, ...]:
    """The known causes of the crash that ended it, each with the line to change."""
    known = [found for found in ran.get("findings", ()) if found.get("slug") != "unrecognised"]
    return tuple(f"{found['code']}, {found['headline']}{_at(found.get('place'))}" for found in known)


def _at(place: Mapping[str, Any] | None) -> str:
    # What was given to exec has no file to look into.
    is_file = place is not None and not place["file"].startswith("<")
    return f", at {os.path.basename(place['file'])}:{place['line']}" if place is not None and is_file else ""
