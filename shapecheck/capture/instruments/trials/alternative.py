"""Another call in the place of one or several operations of a tape."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.capture.recording.replay import Run


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """Another call in the place of one or several nodes.

    Args:
        kind: What it changes: ``"batch_first"``, ``"attention"``, ``"select"``, ``"reshape"``,
            ``"joined"``, ``"along"``, ``"whole"``.
        title: The change in words or as code.
        instead: Node -> what to run there.
        old: What stood there, where that is one axis.
        new: What stands there now: an axis, several, or the order of all.
    """

    kind: str
    title: str
    instead: dict[int, Run]
    old: int = 0
    new: int | tuple[int, ...] = 0
