"""What is made of a packed sequence between two recurrent layers, or in front of one, is made of its steps alone."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.drop = nn.Embedding(11, 3), nn.Dropout(0.0)
            self.first, self.second = nn.GRU(3, 4, batch_first=True), nn.GRU(4, 5, batch_first=True)

        def forward(self, x, lengths):
            {lines}
            return h

    print(round(Net()(torch.tensor([[3, 4, 5], [6, 7, 0]]), [3, 2]).sum().item(), 4))
"""
INDENT = "\n            "
PACK = "p = pack_padded_sequence({}, lengths, batch_first=True)"


def program(*lines):
    """The whole program, with what its forward does."""
    return PROGRAM.format(lines=INDENT.join(lines))


EMBEDDED = program(PACK.format("self.embed(x)"), "_, h = self.second(self.first(p)[0])")


@pytest.mark.parametrize(
    "lines",
    [
        (PACK.format("x"), "_, h = self.second(self.first(self.embed(p))[0])"),
        (PACK.format("x"), "o, _ = self.first(self.drop(self.embed(p)))", "_, h = self.second(o)"),
        (PACK.format("x"), "e = self.embed(p)", "o, _ = self.first(e)", "_, h = self.second(o)"),
        (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "_, h = self.second(self.drop(o))"),
        (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "o = self.drop(o)", "_, h = self.second(o)"),
    ],
)
def test_no_padding_is_walked_through(lines):
    found = mended(program(*lines))
    assert {each.slug for each in found.diagnoses} == {"packed_used_as_tensor"}
    assert found.output == printed(EMBEDDED)
    assert not found.doubts


def test_what_no_recurrent_layer_reads_is_unpacked():
    lines = (PACK.format("self.embed(x)"), "o, _ = self.first(p)", "h = self.drop(o)[:, 0]")
    found = mended(program(*lines))
    assert "o, _ = pad_packed_sequence(o, batch_first=True)" in found.text
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "is_sure"),
    [
        ("self.drop(p)", True),
        ("F.dropout(p, 0.0)", True),
        ("F.normalize(p, dim=-1)", True),
        ("torch.flip(p, [1])", False),
        ("torch.cumsum(p, dim=1)", False),
    ],
)
def test_what_may_go_along_the_steps_leaves_a_doubt(made, is_sure):
    found = mended(program(PACK.format("self.embed(x)"), f"_, h = self.first({made})"), most=1)
    assert found.diagnoses[0].slug == "packed_used_as_tensor"
    assert bool(found.doubts) is not is_sure
