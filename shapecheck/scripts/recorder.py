"""What listens while a script runs: the flight recorder, the audit if one is wanted, and the ears for its threads."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from shapecheck.scripts.patience import Patience
from shapecheck.scripts.threads import Threads
from shapecheck.scripts.troubles import tell_trouble
from shapecheck.scripts.workers import Workers

if TYPE_CHECKING:
    from shapecheck.auditor import Auditor
    from shapecheck.capture.crashes.flight import Flight


class Recorder:
    """The flight recorder and the audit begin when the script imports torch: a script without it pays nothing.

    Args:
        with_audit: Whether to audit.
        batch_axis: For the audit.
        stream: Where it is said that the audit takes a while.
    """

    def __init__(
        self, *, with_audit: bool = False, batch_axis: int | None = None, stream: TextIO | None = None
    ) -> None:
        self._patience = Patience(stream)
        self.flight: Flight | None = None
        self.auditor: Auditor | None = None
        self.threads = Threads(lambda: self.entries, self.tidy)
        self.workers = Workers(self._see, self.tidy)
        self.with_audit, self.batch_axis = with_audit, batch_axis
        self._texts: Mapping[str, str] = {}

    def start(self, texts: Mapping[str, str]) -> None:
        """Be ready for torch.

        Args:
            texts: File name -> source of what is run.
        """
        from shapecheck.scripts.arrival import when_imported

        self._texts = {name: text for name, text in texts.items() if name.startswith("<")}
        self.threads.start()
        when_imported("torch.nn.modules.module", self._begin)

    def stop(self) -> None:
        """Listen no more."""
        self.threads.stop()
        self.workers.stop()
        if self.auditor is not None:
            self.auditor.stop()
        if self.flight is not None:
            self.flight.stop()

    def tidy(self, error: BaseException) -> None:
        """Take the detours that the hooks made out of a traceback."""
        if self.flight is None:
            from shapecheck.scripts.shadowing import without_our_import

            without_our_import(error)
            return
        try:
            from shapecheck.capture.hookless import as_before_a_look, as_without_hook, as_without_recorder

            trace = error.__traceback__
            if self.auditor is not None:
                trace = as_without_recorder(trace)
                trace = as_before_a_look(trace) if isinstance(error, KeyboardInterrupt) else trace
            error.__traceback__ = as_without_hook(trace)
        except Exception as trouble:
            tell_trouble("the traceback has detours of shapecheck's hook in it", trouble)

    @property
    def entries(self) -> list[Any]:
        """The last calls of modules."""
        return list(self.flight.entries) if self.flight is not None else []

    def _begin(self) -> None:
        if not hasattr(sys.modules.get("torch"), "nn"):
            # A file of the script's that is called torch.py.
            return
        try:
            # The hook itself imports torch.nn, which is only now being imported.
            from shapecheck.capture.crashes.flight import Flight

            self.flight = Flight()
            self.flight.start()
        except Exception as error:
            tell_trouble("the calls before a crash cannot be recorded", error)

        self.workers.start()
        if self.with_audit:
            self._begin_audit()

    def _see(self, error: Exception) -> Any:
        from shapecheck.scripts.crash_report import report_of

        return report_of(error, entries=self.entries)

    def _begin_audit(self) -> None:
        try:
            from shapecheck.auditor import Auditor
            from shapecheck.capture.recording.user_code import read_as_users

            for name, text in self._texts.items():
                read_as_users(text, name)
            self.auditor = Auditor(batch_axis=self.batch_axis, looking=self._patience.looking)
            self.auditor.start()
        except Exception as error:
            tell_trouble("the script is not audited", error)
