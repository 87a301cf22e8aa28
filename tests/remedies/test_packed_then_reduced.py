"""A packed sequence that is reduced over its steps: what is put in for the missing steps must not count."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 6{flag})

        def forward(self, x, lengths):
            packed = pack_padded_sequence(x, lengths{flag}, enforce_sorted=False)
            seen, _ = self.rnn(packed)
            {lines}


    x, lengths = torch.randn({shape}, 4), torch.tensor([7, 3, 5])
    print(round(Net()(x, lengths).sum().item(), 4))
"""
FIRST = {"flag": ", batch_first=True", "shape": "3, 7"}
LATER = {"flag": "", "shape": "7, 3"}


@pytest.mark.parametrize(
    ("layout", "bad", "good"),
    [
        (FIRST, "return seen.max(dim=1).values", "return mask(seen, -9.0).max(dim=1).values"),
        (FIRST, "return seen.amax(1)", "return mask(seen, -9.0).amax(1)"),
        (LATER, "return seen.max(0)[0]", "return mask(seen, -9.0).max(0)[0]"),
        (FIRST, "return seen.mean(dim=1)", "return mask(seen, 0.0).sum(1) / lengths[:, None]"),
        (LATER, "return torch.mean(seen, dim=0)", "return mask(seen, 0.0).sum(0) / lengths[:, None]"),
        (FIRST, "return seen[:, -1]", "return mask(seen, 0.0)[torch.arange(3), lengths - 1]"),
    ],
)
def test_the_filler_is_left_out(layout, bad, good):
    found = mended(PROGRAM.format(lines=bad, **layout))
    first = layout is FIRST
    unpack = f"mask = lambda s, fill: pad_packed_sequence(s, batch_first={first}, padding_value=fill)[0]"
    assert found.output == printed(PROGRAM.format(lines=f"{unpack}; {good}", **layout))
    assert not found.doubts


def test_what_keeps_every_step_is_only_unpacked():
    found = mended(PROGRAM.format(lines="return seen.relu()", **FIRST))
    assert "padding_value" not in found.text
    assert not found.doubts


def test_a_mean_beside_a_maximum_is_in_doubt():
    lines = "return torch.cat([seen.max(dim=1).values, seen.mean(dim=1)], dim=1)"
    found = mended(PROGRAM.format(lines=lines, **FIRST))
    assert found.output != "crashed"
    assert found.doubts
