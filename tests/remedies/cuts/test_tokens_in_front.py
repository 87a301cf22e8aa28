"""What a model gives for tokens of its own in front is left out where what it is held against has none for them."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Prompted(nn.Module):
        def __init__(self, width, prompts):
            super().__init__()
            self.n_prompts = prompts
            self.prompt = nn.Parameter({made})
            self.table, self.rnn = nn.Embedding(9, width), nn.GRU(width, 9, batch_first=True)

        def forward(self, ids):
            front = self.prompt.expand(len(ids), -1, -1)
            return self.rnn(torch.cat([{joined}], dim=1))[0]

    def hits(net, ids):
        scores = net(ids)
        {cut}
        return (guesses == ids[:, 1:]).float().mean()

    print(round(hits(Prompted(4, 3), torch.arange(14).view(2, 7) % 9).item(), 4))
"""
IN_FRONT = "front, self.table(ids)"


@pytest.mark.parametrize(
    ("made", "cut", "right"),
    [
        (
            "torch.randn(prompts, width) * 0.1",
            "guesses = scores[:, :-1].argmax(-1)",
            "guesses = scores[:, 3:-1].argmax(-1)",
        ),
        (
            "torch.zeros(1, prompts, width)",
            "guesses = scores.argmax(-1)[:, :-1]",
            "guesses = scores.argmax(-1)[:, 3:-1]",
        ),
    ],
)
def test_what_is_given_for_them_is_left_out(made, cut, right):
    found = mended(PROGRAM.format(made=made, joined=IN_FRONT, cut=cut))
    assert found.output == printed(PROGRAM.format(made=made, joined=IN_FRONT, cut=right))
    assert "net.n_prompts" in found.text
    assert not found.doubts


def test_tokens_behind_are_not_left_out_in_front():
    program = PROGRAM.format(
        made="torch.randn(prompts, width)",
        joined="self.table(ids), front",
        cut="guesses = scores[:, :-1].argmax(-1)",
    )
    assert "net.n_prompts" not in mended(program, most=1).text
