"""A table of sines that is too short: with room, for the next sequence may be longer still."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Positions(nn.Module):
        def __init__(self, width, longest=10):
            super().__init__()
            at, step = torch.arange(longest).unsqueeze(1), torch.arange(0, width, 2) / width
            table = torch.zeros(longest, width)
            {filled}
            self.register_buffer("table", table.unsqueeze(0))

        def forward(self, x):
            return x + self.table[:, : x.size(1)]

    positions, total = Positions(6), 0
    for length in (8, {then}, {last}):
        total += positions(torch.rand(2, length, 6)).sum().item()
    print(round(total, 3))
"""
WAVES = "table[:, 0::2], table[:, 1::2] = torch.sin(at * step), torch.cos(at * step)"


@pytest.mark.parametrize(("then", "last"), [(13, 15), (21, 30)])
def test_a_table_of_waves_has_room_for_the_next_sequence(then, last):
    program = PROGRAM.format(filled=WAVES, then=then, last=last)
    found = mended(program, most=1)
    assert found.output == printed(program.replace("longest=10", "longest=40"))


@pytest.mark.parametrize(("filled", "then"), [("table.uniform_()", 13), (WAVES, 11)])
def test_a_table_that_is_drawn_or_lacks_one_row_gets_what_it_needs(filled, then):
    (found,) = mended(PROGRAM.format(filled=filled, then=then, last=9), most=1).diagnoses
    texts = [edit.replacement for fix in found.fixes for edit in fix.edits]
    assert any(f"longest={then}" in text for text in texts)
    assert not any("longest=16" in text for text in texts)


def test_a_table_along_the_samples_may_be_long_enough():
    found = mended(
        """
        class Positions(nn.Module):
            def __init__(self, width, most=10):
                super().__init__()
                steps = torch.arange(most).float()[:, None]
                table = torch.zeros(most, width)
                table[:, 0::2], table[:, 1::2] = torch.sin(steps), torch.cos(steps)
                self.register_buffer("table", table[:, None])

            def forward(self, x):
                count = x.size(0)
                return x + self.table[:count]


        model = nn.Sequential(Positions(8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True))
        print(model(torch.randn(24, 5, 8)).shape)
        """
    )

    assert found.doubts == ["the rows of the table go along the axis that holds the samples, and it may be long enough"]
