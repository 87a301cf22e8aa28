"""Runs a program from its text, and mends it with the fix that is named first until it ends."""

from __future__ import annotations

import contextlib
import io
import linecache
import textwrap
from dataclasses import dataclass

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.capture.crashes.flight import Flight
from shapecheck.capture.hookless import as_without_hook
from shapecheck.findings import Diagnosis
from shapecheck.reading.edits import edited
from shapecheck.scripts.mending import diagnoses_of
from shapecheck.scripts.traced import traced

HEAD = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
"""


@dataclass(frozen=True)
class Mended:
    """What became of a program.

    Args:
        text: The program with the fixes made.
        output: What it printed in the end; "crashed" if it did not end.
        diagnoses: What was found at each crash.
    """

    text: str
    output: str
    diagnoses: tuple[Diagnosis, ...]

    @property
    def changed(self) -> list[str]:
        """The lines that the first fix puts in the place of others."""
        return [edit.replacement.strip() for edit in self.diagnoses[0].fixes[0].edits]

    @property
    def doubts(self) -> list[str]:
        """What stands against the fixes that were made."""
        return [found.fixes[0].doubt for found in self.diagnoses if found.fixes and found.fixes[0].doubt]


def printed(program: str) -> str:
    """What a program prints that is right."""
    output, error = _run(HEAD + textwrap.dedent(program))
    assert error is None, error
    return output


def mended(program: str, *, most: int = 3) -> Mended:
    """Mend a program that crashes."""
    text, found, seen = HEAD + textwrap.dedent(program), [], set[str]()
    for _ in range(most):
        flight = Flight()
        flight.start()
        output, error = _run(text)
        flight.stop()
        if error is None:
            return Mended(text, output, tuple(found))
        error.__traceback__ = as_without_hook(error.__traceback__)
        found.append(diagnoses_of(traced(crash_of(error, flight.entries), flight.entries), entries=flight.entries)[0])
        seen.add(text)
        # No change is made that only takes back what was made before.
        texts = (edited(text, fix.edits) for fix in found[-1].fixes)
        new = next((each for each in texts if each not in seen), None)
        if new is None:
            break
        text = new
    output, error = _run(text)
    return Mended(text, "crashed" if error else output, tuple(found))


def _run(text: str) -> tuple[str, Exception | None]:
    linecache.cache["<mended>"] = (len(text), None, text.splitlines(keepends=True), "<mended>")
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(text, "<mended>", "exec"), {"__name__": "__main__"})
    except Exception as error:
        return output.getvalue(), error
    return output.getvalue(), None
