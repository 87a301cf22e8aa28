"""A part of a tensor that has a name which nobody reads goes where the whole was handed over."""

import pytest
from mended import mended, printed

PROGRAM = """
    def spread(marks, points):
        alike = marks[:, None] == marks[None]
        return (torch.cdist(points, points) * alike).sum()


    points, marks = torch.arange(24.0).view(12, 2) ** 2, torch.arange(12) % 3
    total = 0.0
    for rows in torch.arange(12).split(4):
        {parts}
        total += spread({given}, near).item()
    print(round(total, 3))
"""


@pytest.mark.parametrize(
    "parts", ["near, own = points[rows], marks[rows]", "near = points[rows]\n        own = marks[rows]"]
)
def test_the_part_that_nobody_reads_is_handed_over(parts):
    found = mended(PROGRAM.format(parts=parts, given="marks"))
    assert found.diagnoses[0].fixes[0].title == "marks -> own"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(parts=parts, given="own"))


def test_a_name_that_a_function_has_of_its_own_is_another_one():
    parts = "near, points_ = points[rows], marks[rows]"
    program = PROGRAM.replace("def spread(marks, points)", "def spread(points_, points)").replace(
        "marks[:, None] == marks[None]", "points_[:, None] == points_[None]"
    )
    found = mended(program.format(parts=parts, given="marks"))
    assert found.output == printed(program.format(parts=parts, given="points_"))


def test_a_part_that_is_read_is_left_where_it_is():
    found = mended(PROGRAM.format(parts="near, own = points[rows], marks[rows]; total += own.sum()", given="marks"))
    assert all(fix.title != "marks -> own" for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("name", ["own", "_"])
def test_a_part_that_is_taken_otherwise_is_left(name):
    parts = f"near, {name} = points[rows], marks[{'0:5' if name == 'own' else 'rows'}]"
    found = mended(PROGRAM.format(parts=parts, given="marks"))
    assert all(f"marks -> {name}" != fix.title for fix in found.diagnoses[0].fixes)


def test_two_parts_that_nobody_reads_are_in_doubt():
    parts = "near, own, others = points[rows], marks[rows], marks[rows]"
    found = mended(PROGRAM.format(parts=parts, given="marks"), most=1)
    assert found.changed == ["total += spread(others, near).item()"]
    assert found.doubts == ["several parts of it have a name that nobody reads"]
