"""What a layer gives back, taken apart into names: the pair of an LSTM, the one state of a GRU."""

import pytest
from mended import mended, printed

from shapecheck.scripts.crash_report import report_of

MADE = """
    {kind} = nn.{made}
    x = torch.randn(2, 5, 3)
    {line}
    print(h.shape)
"""


@pytest.mark.parametrize("made", ["GRU(3, 4, batch_first=True)", "RNN(3, 4)", "GRU(3, 4, bidirectional=True)"])
@pytest.mark.parametrize("value", ["layer(x)", "layer(x + 1)", "layer(torch.zeros(2, 5, 3))"])
def test_the_one_state_of_a_gru_is_no_pair(made, value):
    after = mended(MADE.format(kind="layer", made=made, line=f"out, (h, c, d) = {value}"))
    assert [found.slug for found in after.diagnoses] == ["output_taken_apart_wrongly"]
    assert after.output == printed(MADE.format(kind="layer", made=made, line=f"out, h = {value}"))


def test_it_is_said_also_inside_a_model():
    body = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.gru = nn.GRU(3, 4, batch_first=True)

            def forward(self, x):
                out, (h, c) = {value}
                return h

        print(Net()(torch.randn(2, 5, 3)).shape)
    """
    after = mended(body.format(value="self.gru(x)"))
    assert "(Tensor, Tensor)" in after.diagnoses[0].explanation
    assert after.output == "torch.Size([1, 2, 4])\n"


@pytest.mark.parametrize(
    "line",
    ["a, b = 'a,b,c'.split(',')", "a, (b, c) = 1, [1, 2, 3]", "for at, (a, b) in enumerate(['abc']): pass"],
)
def test_what_tensors_have_no_part_in_is_nobodys(line):
    text = f"import torch\n{line}\n"
    with pytest.raises(ValueError, match="unpack") as caught:
        exec(compile(text, "<taken apart>", "exec"), {"__name__": "__main__"})
    assert not report_of(caught.value).report.diagnoses


@pytest.mark.parametrize(
    ("second", "read", "right"),
    [
        ("_", "len(scores)", "scores = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True).data"),
        (
            "sizes",
            "sizes",
            "scores, sizes = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)[:2]",
        ),
    ],
)
def test_the_numbers_of_a_packed_sequence_are_its_first_part(second, read, right):
    body = """
        x, lengths = torch.randn(3, 5, 4), torch.tensor([5, 4, 2])
        {line}
        print(scores.sum().item(), {read})
    """
    line = f"scores, {second} = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)"
    after = mended(body.format(line=line, read=read))
    assert after.output == printed(body.format(line=right, read=read))
    assert right in after.text
