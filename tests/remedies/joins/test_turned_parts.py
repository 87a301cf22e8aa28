"""Two parts of a join of which either can be turned to fit the other."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.energy = nn.Linear(18 + 10, 10)

        def forward(self, state, steps):
            state = state.unsqueeze(1).repeat(1, steps.size({axis}), 1)
            energy = torch.tanh(self.energy(torch.cat(({parts}), dim=2)))
            return {read}

    encoder = nn.GRU(6, 9, bidirectional=True)
    steps, h = encoder(torch.randn(7, 3, 6))
    state = torch.tanh(nn.Linear(18, 10)(torch.cat((h[-2], h[-1]), 1)))
    print(torch.round(Attention()(state, steps), decimals=4).tolist())
"""
ALONG_STEPS = "torch.softmax(energy.sum(2), dim=1)"


@pytest.mark.parametrize("parts", ["state, steps", "steps, state"])
def test_the_steps_are_turned_where_the_reader_has_the_samples_first(parts):
    found = mended(ATTENTION.format(axis=0, parts=parts, read=ALONG_STEPS), most=1)
    assert "steps.transpose(0, 1)" in found.changed[0]
    right = parts.replace("steps", "steps.transpose(0, 1)")
    assert found.output == printed(ATTENTION.format(axis=0, parts=right, read=ALONG_STEPS))
    assert not found.doubts


def test_the_state_is_turned_where_the_reader_has_the_steps_first():
    read = "torch.softmax(energy.sum(2), dim=0)"
    found = mended(ATTENTION.format(axis=0, parts="state, steps", read=read), most=1)
    assert found.output == printed(ATTENTION.format(axis=0, parts="state.transpose(0, 1), steps", read=read))
    assert not found.doubts


def test_a_reader_that_does_not_say_it_leaves_a_doubt():
    found = mended(ATTENTION.format(axis=0, parts="state, steps", read="energy"), most=1)
    assert found.changed == ["energy = torch.tanh(self.energy(torch.cat((state.transpose(0, 1), steps), dim=2)))"]
    assert found.doubts == [
        "either of the two may lie as it was meant, and it is the other one that is to be turned then"
    ]


TAGGER = """
    rnn = nn.GRU(5, 6)
    out, _ = rnn(torch.randn(7, 4, 5))
    marks = torch.randn(4, 7, 3)
    joined = torch.cat([out, marks], dim=2)
    print({read})
"""


@pytest.mark.parametrize(
    "read",
    [
        "joined.transpose(0, 1)[:, -1].shape",
        "nn.Conv1d(9, 2, 3)(joined.permute(1, 2, 0)).max(2)[0].shape",
        "joined.max(-1)[0].shape",
    ],
)
def test_what_moves_axes_behind_the_join_says_nothing_of_its_first_axis(read):
    found = mended(TAGGER.format(read=read), most=1)
    assert [each.slug for each in found.diagnoses] == ["joined_sizes_differ"]
    assert found.doubts


def test_features_that_are_turned_leave_the_first_axis():
    found = mended(TAGGER.format(read="joined.transpose(1, 2).softmax(0).shape"), most=1)
    assert "marks.transpose(0, 1)" in found.changed[0]
    assert not found.doubts


MAPS = """
    x = torch.randn(3, 2, 6, 9)
    n, c, high, wide = {sizes}
    state = torch.zeros(n, 5, {two})
    print(torch.cat([x, state], 1).sum((1, 2)))
"""


def test_zeros_that_were_given_two_sizes_of_the_data_the_wrong_way_round_are_made_anew():
    found = mended(MAPS.format(sizes="x.shape", two="wide, high"))
    assert found.output == printed(MAPS.format(sizes="x.shape", two="high, wide"))
    assert not found.doubts


def test_of_sizes_that_are_written_down_either_part_may_lie_wrong():
    found = mended(MAPS.format(sizes="3, 2, 6, 9", two="wide, high"), most=1)
    assert found.changed == ["print(torch.cat([x.transpose(2, 3), state], 1).sum((1, 2)))"]
    assert found.doubts == [
        "either of the two may lie as it was meant, and it is the other one that is to be turned then"
    ]
