"""What the search of ``shapecheck fix`` runs a script with: forks of one process that has torch loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
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
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, sources: Mapping[str, str], timeout: float, *, audit: bool = False) -> Mapping[str, Any]:
        """Run it once, and have it audited if that is asked for."""
        request = json.dumps({"sources": dict(sources), "timeout": timeout, "audit": audit})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        answer: Mapping[str, Any] = (
            json.loads(line) if line else {"status": "killed", "message": "it could not be started"}
        )
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
