"""Layers whose settings come through the keywords of a class: they are changed where these are written."""

import pytest
from mended import mended

CODED = """
    class Encoder(nn.Module):
        def __init__(self, **settings):
            super().__init__()
            self.rnn = nn.LSTM(**settings)

        def forward(self, x):
            return self.rnn(x)[1]

    class Decoder(nn.Module):
        def __init__(self, **settings):
            super().__init__()
            self.rnn = nn.LSTM(**settings)

        def forward(self, x, state):
            return self.rnn(x, state)[0]

    encoder = Encoder(input_size=3, hidden_size=5, num_layers=2, batch_first=True)
    decoder = Decoder(input_size=4, hidden_size=5, {layers}batch_first=True)
    print(decoder(torch.rand(6, 2, 4), encoder(torch.rand(6, 7, 3))).shape)
"""


@pytest.mark.parametrize("layers", ["", "num_layers=1, "])
def test_a_number_of_layers_is_told_where_the_class_is_made(layers):
    (found,) = mended(CODED.format(layers=layers), most=1).diagnoses
    lines = [edit.replacement.strip() for fix in found.fixes for edit in fix.edits]
    assert "encoder = Encoder(input_size=3, hidden_size=5, num_layers=1, batch_first=True)" in lines
    assert not any("**settings" in line for line in lines)
