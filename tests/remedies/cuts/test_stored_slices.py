"""What is stored in a slice that is longer or shorter."""

import pytest
from mended import mended, printed

ROWS = """
    def packed(lines):
        longest = max(len(each) for each in lines)
        rows = torch.full(({sizes}), 9, dtype=torch.long)
        for at, line in enumerate(lines):
            rows[at, {part}] = line
        return rows

    print(packed([torch.tensor([3, 4, 5]), torch.tensor([6]), torch.tensor([7, 8]), torch.tensor([1])]).tolist())
"""
RIGHT = {"sizes": "len(lines), longest + 2", "part": "2 : len(line) + 2"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": "len(lines), longest"},
        {"part": "2 : len(line)"},
        {"part": "2 : line.size(0)"},
        {"part": "2:"},
    ],
)
def test_a_row_is_stored_by_its_length_behind_what_stands_in_front(wrong):
    found = mended(ROWS.format(**{**RIGHT, **wrong}))
    assert found.output == printed(ROWS.format(**RIGHT))
    assert not found.doubts


def test_a_row_that_could_stand_at_either_end_is_in_doubt():
    program = ROWS.format(sizes="len(lines), longest + 2", part=":")
    assert all(fix.doubt for fix in mended(program, most=1).diagnoses[0].fixes)


def test_a_buffer_of_a_length_that_was_told_may_be_meant_to_cut():
    program = ROWS.replace("longest = max(len(each) for each in lines)", "longest = 3")
    short = program.format(**{**RIGHT, "sizes": "len(lines), longest"})
    assert mended(short, most=1).diagnoses[0].fixes[0].doubt


WAVES = """
    def waves(width):
        table = torch.zeros(7, width)
        angles = torch.arange(7).unsqueeze(1) / 3.0 ** torch.arange(width // 2)
        table[:, {even}] = angles.sin()
        table[:, {odd}] = angles.cos()
        return table

    print(round(waves(6).std(1).sum().item(), 4))
"""


@pytest.mark.parametrize("wrong", [{"odd": "1:"}, {"even": "0:"}, {"even": ":"}])
def test_a_step_that_the_place_beside_it_has_is_told(wrong):
    right = {"even": "0::2", "odd": "1::2"}
    found = mended(WAVES.format(**{**right, **wrong}))
    assert found.output == printed(WAVES.format(**right))
    assert not found.doubts
