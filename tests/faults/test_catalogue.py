"""Every fault's bad example is recognised by it and by no other, its good example by none."""

import linecache
import re
import subprocess
import sys
import warnings
from types import CodeType

import pytest

from shapecheck.auditor import Auditor
from shapecheck.capture.crashes.crash import crash_of
from shapecheck.contract import Outcome
from shapecheck.diagnose import diagnose
from shapecheck.errors import ShapeError, ShapeWarning
from shapecheck.evidence import Evidence
from shapecheck.faults import all_faults
from shapecheck.findings import Report
from shapecheck.pages import see
from shapecheck.scripts.mending import diagnoses_of

FAULTS = all_faults()


def run(program: str) -> list[str]:
    """The faults that a program is told of: by an error, by warnings, or by a report that it keeps."""
    names = {"__name__": "__main__"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ShapeWarning)
        # torch's own word on the same mistake.
        warnings.filterwarnings("ignore", "Using a target size", UserWarning)
        code = compiled(program)
        try:
            exec(code, names)
        except ShapeError as error:
            return list(dict.fromkeys(diagnosis.slug for diagnosis in error.diagnoses))
        except Exception as error:
            # A plain script that torch itself stops.
            return [diagnosis.slug for diagnosis in diagnoses_of(crash_of(error))]
    slug = {fault.code: fault.slug for fault in FAULTS}
    codes = [code for warning in told for code in re.findall(r"^(SC\d+): ", str(warning.message), re.MULTILINE)]
    kept = [found.slug for value in names.values() if isinstance(value, Report) for found in value.diagnoses]
    outcomes = [value for value in names.values() if isinstance(value, Outcome)]
    known = [diagnose(Evidence(hazard=hazard))[0].slug for outcome in outcomes for hazard in outcome.hazards]
    return [*(slug[code] for code in codes), *kept, *known]


def audited(program: str) -> list[str]:
    """The faults that `shapecheck run --audit` finds in a script that runs to its end."""
    # What the script made lives on until the audit has been asked.
    names, code = {"__name__": "__main__"}, compiled(program)
    auditor = Auditor()
    auditor.start()
    try:
        exec(code, names)
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def compiled(program: str) -> CodeType:
    """The program, whose lines can be read as those of a file."""
    linecache.cache["<example>"] = (len(program), None, program.splitlines(keepends=True), "<example>")
    return compile(program, "<example>", "exec")


def is_a_script(fault) -> bool:
    """Whether its example is a script as users write it, which only an audit can see into."""
    return not fault.messages and "shapecheck" not in fault.bad


# Picked without a branch: what stands in one may be meant for a time, so that an audit leaves it alone.
RUNS = {False: run, True: audited}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_the_bad_example_is_recognised_by_its_fault_alone(fault):
    assert RUNS[is_a_script(fault)](fault.bad) == [fault.slug]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_the_good_example_is_recognised_by_none(fault):
    assert fault.good != fault.bad
    assert RUNS[is_a_script(fault)](fault.good) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_a_headline_can_be_searched(fault):
    assert not any(character.isdigit() for character in fault.headline)
    assert fault.headline[0].islower()
    assert not fault.headline.endswith(".")
    assert fault.why
    assert fault.lesson


def test_codes_and_slugs_are_unique():
    assert len({fault.code for fault in FAULTS}) == len({fault.slug for fault in FAULTS}) == len(FAULTS)


def test_knowledge_is_found_without_torch():
    code = "import sys; from shapecheck.faults import all_faults; all_faults(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_an_example_shows_nothing_that_users_do_not_write(fault):
    used = re.findall(r"^\s*(?:from|import) shapecheck\.(\S+)", fault.bad + fault.good, re.MULTILINE)
    assert [name for name in used if not name.startswith(("strategies", "models"))] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_the_page_names_what_finds_it(fault):
    if fault.see or fault.messages:
        return
    told = see(fault)
    assert ("run --audit" in told) == (fault.number // 100 in (7, 8, 10))
    words = re.findall(r"`(\w+)\(", told)
    assert "audit" in words or any(f"{word}(" in fault.bad for word in words)
