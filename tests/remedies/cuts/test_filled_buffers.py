"""Buffers filled row by row that weights for the longest sequence meet; and what has another length for good."""

import pytest
from mended import mended, printed

ATTENTION = """
    LONGEST = 9

    class Decoder(nn.Module):
        def __init__(self, width, longest=LONGEST):
            super().__init__()
            self.attend = nn.Linear(width, longest)

        def forward(self, state, outputs):
            weights = self.attend(state).softmax(1)
            return torch.bmm(weights.unsqueeze(1), outputs.unsqueeze(0))

    encoder, decoder = nn.GRUCell(3, 5), Decoder(5)

    def step(words):
        state, outputs = torch.zeros(1, 5), {made}
        for at, word in enumerate(words):
            state = encoder(word.unsqueeze(0), state)
            {store}
        return decoder(state, outputs)

    print(step(torch.randn(4, 3)).sum().item())
"""
STORE = "outputs[at] = state[0]"


@pytest.mark.parametrize(
    "made", ["torch.zeros({}, 5)", "torch.zeros({}, encoder.hidden_size)", "words.new_zeros({}, 5)"]
)
@pytest.mark.parametrize("count", ["len(words)", "words.size(0)"])
def test_a_buffer_is_as_long_as_the_weights_are_wide(made, count):
    found = mended(ATTENTION.format(made=made.format(count), store=STORE), most=1)
    assert found.output == printed(ATTENTION.format(made=made.format("LONGEST"), store=STORE))
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "store"),
    [
        ("torch.ones(len(words), 5)", "pass"),
        ("torch.zeros(4, 5)", STORE),
        ("torch.zeros(3 + at_most, 5)", STORE),
    ],
)
def test_what_is_not_filled_or_has_a_length_of_its_own_is_left(made, store):
    program = ATTENTION.replace("encoder, decoder", "at_most, encoder, decoder").replace(
        "= nn.GRUCell", "= 1, nn.GRUCell"
    )
    found = mended(program.format(made=made, store=store), most=1)
    assert not any("LONGEST" in fix.title for fix in found.diagnoses[0].fixes)
