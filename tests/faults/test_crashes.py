"""Every fault of a crash: one of its first fixes makes the example run, and what torch says leads to it."""

import linecache
import re

import pytest

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.faults import all_faults
from shapecheck.reading.edits import edited
from shapecheck.scripts.mending import diagnoses_of


def run(program: str) -> BaseException | None:
    """Run an example; what torch raises in it, or None."""
    linecache.cache["<example>"] = (len(program), None, program.splitlines(keepends=True), "<example>")
    try:
        exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})
    except Exception as error:
        return error
    return None


# Those whose example is a plain script: torch itself stops it.
FAULTS = [fault for fault in all_faults() if fault.messages and "shapecheck" not in fault.bad]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_one_of_the_first_fixes_makes_the_bad_example_run(fault):
    error = run(fault.bad)
    assert error is not None
    (found,) = diagnoses_of(crash_of(error))
    assert found.fixes
    assert any(run(edited(fault.bad, fix.edits)) is None for fix in found.fixes)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_what_torch_says_is_among_the_messages_of_the_fault(fault):
    text = str(run(fault.bad))
    assert any(re.search(pattern, text) for pattern in fault.messages), text
