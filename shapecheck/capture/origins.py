"""Follows values back to where they were made."""

from __future__ import annotations

from collections.abc import Mapping

from shapecheck.capture.frames import LiveFrame
from shapecheck.capture.operations import LiveCall
from shapecheck.evidence import Origin


def origins_of(
    frames: list[LiveFrame], at: int, operation: LiveCall | None, inner: LiveCall | None
) -> Mapping[str, tuple[Origin, ...]]:
    """Expression -> where its value was made, nearest first."""
    return {}
