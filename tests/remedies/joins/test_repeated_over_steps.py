"""What there is once for each sample, repeated over the first axis of what lies with its samples first."""

import pytest
from mended import mended, printed

DECODER = """
    class Decoder(nn.Module):
        def __init__(self, words=20, width=5, hidden=8):
            super().__init__()
            self.emb, self.rnn = nn.Embedding(words, width), nn.GRU(width + hidden, hidden, 2{first})
            self.top = nn.Linear(hidden, words)

        def forward(self, x, state):
            x = self.emb(x){turn}
            context = state[-1].{repeated}
            {read}
            return self.top(out), state

    out, _ = Decoder()(torch.randint(0, 20, (4, 7)), torch.randn(2, 4, 8))
    print(tuple(out.shape), round((out.std((0, 1)) * torch.arange(20)).sum().item(), 4))
"""
AT_ONCE = "out, state = self.rnn(torch.cat((x, context), 2), state)"
NAMED = "both = torch.cat([context, x], dim=-1)\n            out, state = self.rnn(both, state)"


@pytest.mark.parametrize("read", [AT_ONCE, NAMED])
@pytest.mark.parametrize("repeated", ["repeat(x.shape[0], 1, 1)", "expand(x.size(0), -1, -1)", "repeat(len(x), 1, 1)"])
def test_the_steps_go_first_as_the_layer_reads_them(read, repeated):
    parts = {"first": "", "repeated": repeated, "read": read}
    found = mended(DECODER.format(turn="", **parts))
    assert found.output == printed(DECODER.format(turn=".transpose(0, 1)", **parts))
    assert found.changed == ["x = self.emb(x).transpose(0, 1)"]
    assert not found.doubts


def test_a_layer_that_takes_samples_first_wants_no_turn():
    program = DECODER.format(turn="", first=", batch_first=True", repeated="repeat(x.shape[0], 1, 1)", read=AT_ONCE)
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.title == "x = self.emb(x).transpose(0, 1)" and not fix.doubt for fix in fixes)
