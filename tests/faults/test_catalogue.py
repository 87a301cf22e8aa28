"""Every fault's bad example is recognised by it and by no other, its good example by none."""

import subprocess
import sys

import pytest

from shapecheck.errors import ShapeError
from shapecheck.faults import all_faults

FAULTS = all_faults()


def run(program: str) -> list[str]:
    try:
        exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})
    except ShapeError as error:
        return [diagnosis.slug for diagnosis in error.diagnoses]
    return []


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
