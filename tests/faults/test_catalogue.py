"""Every fault's bad example is recognised by it and by no other, its good example by none."""

import linecache
import re
import subprocess
import sys
import warnings

import pytest

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.capture.crashes.source import forget_sources
from shapecheck.contract import Outcome
from shapecheck.diagnose import diagnose
from shapecheck.errors import ShapeError, ShapeWarning
from shapecheck.evidence import Evidence
from shapecheck.faults import all_faults
from shapecheck.findings import Report
from shapecheck.scripts.mending import diagnoses_of

FAULTS = all_faults()


def run(program: str) -> list[str]:
    """The faults that a program is told of: by an error, by warnings, or by a report that it keeps."""
    names = {"__name__": "__main__"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ShapeWarning)
        # torch's own word on the same mistake.
        warnings.filterwarnings("ignore", "Using a target size", UserWarning)
        lines = program.splitlines(keepends=True)
        linecache.cache["<example>"] = (len(program), None, lines, "<example>")
        forget_sources()
        try:
            exec(compile(program, "<example>", "exec"), names)
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


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_the_bad_example_is_recognised_by_its_fault_alone(fault):
    assert run(fault.bad) == [fault.slug]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_the_good_example_is_recognised_by_none(fault):
    assert fault.good != fault.bad
    assert run(fault.good) == []


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
