"""What the search of ``shapecheck fix`` runs a script with: forks of one process that has torch loaded."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from shapecheck.scripts.running import Target


class Runner(Protocol):
    """Runs the script with other texts for some of its files."""

    def run(self, sources: Mapping[str, str], timeout: float, *, audit: bool = False) -> Mapping[str, Any]:
        """How it ended: ``status``; then ``message``, ``lines``, ``findings``, ``warnings``, ``digest``, ``audit``."""


class Rehearsals:
    """Runs the script in forks of one process that has torch loaded; see `shapecheck.scripts.rehearsal`."""

    def __init__(self, target: Target) -> None:
        asked = [target.kind, target.name, *target.arguments]
        command = [sys.executable, "-m", "shapecheck.scripts.rehearsal", *asked]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def run(self, sources: Mapping[str, str], timeout: float, *, audit: bool = False) -> Mapping[str, Any]:
        """Run it once, and have it audited if that is asked for."""
        request = json.dumps({"sources": dict(sources), "timeout": timeout, "audit": audit})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                # What a file beside the script prints that Python took for a library's module is no answer.
                with suppress(ValueError):
                    answer = json.loads(line)
                    if isinstance(answer, dict) and "status" in answer:
                        return answer
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        return {"status": "killed", "message": f"it could not be started{': ' if last else ''}{last}"}

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._errors.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
