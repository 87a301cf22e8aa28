"""The axis of one step stands where the layer has its steps, and where its output is squeezed."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.top = nn.Embedding(9, 6), nn.GRU(6, 8{first}), nn.Linear(8, 9)

        def forward(self, token, hidden):
            {made}
            output, hidden = self.rnn(embedded, hidden)
            return self.top({read}), hidden


    decoder, hidden = Decoder(), torch.randn(1, 5, 8)
    for token in torch.randint(9, (3, 5)):
        scores, hidden = decoder(token, hidden)
        print(tuple(scores.shape), round(scores.sum().item(), 4))
"""

IN_FRONT = "embedded = self.words(token.unsqueeze({}))"


@pytest.mark.parametrize(
    "made", ["embedded = self.words(token.unsqueeze({}))", "embedded = self.words(token).unsqueeze({})"]
)
@pytest.mark.parametrize(("first", "right"), [("", 0), (", batch_first=True", 1)])
@pytest.mark.parametrize("read", ["output.squeeze({})", "torch.squeeze(output, {})"])
def test_the_step_is_put_in_where_it_is_dropped(made, first, right, read):
    found = mended(PROGRAM.format(made=made.format(1 - right), first=first, read=read.format(right)), most=1)
    assert found.changed == [made.format(right)]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(made=made.format(right), first=first, read=read.format(right)))


def test_where_the_output_is_read_with_the_samples_first_the_layer_is_told():
    found = mended(PROGRAM.format(made=IN_FRONT.format(1), first="", read="output.squeeze(1)"), most=1)
    assert "batch_first=True" in found.changed[0]
