"""Two settings of a configuration that a recurrent layer was given in each other's place."""

from mended import mended, printed

PROGRAM = """
    from types import SimpleNamespace

    class Net(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.cfg = cfg
            self.embed = nn.Embedding(9, cfg.width)
            self.rnn = nn.LSTM({given}, batch_first=True)
            self.out = nn.Linear(cfg.hidden, 2)

        def forward(self, x):
            state = torch.zeros(1, x.size(0), self.cfg.hidden)
            steps, _ = self.rnn(self.embed(x), (state, state))
            return self.out(steps[:, -1])

    print(Net(SimpleNamespace(width=6, hidden=11)).forward(torch.randint(9, (4, 5))).shape)
"""


def test_the_settings_are_put_in_their_order():
    found = mended(PROGRAM.format(given="cfg.hidden, cfg.width"), most=1)
    assert found.changed == ["self.rnn = nn.LSTM(cfg.width, cfg.hidden, batch_first=True)"]
    assert found.output == printed(PROGRAM.format(given="cfg.width, cfg.hidden"))


def test_another_width_than_both_is_another_matter():
    program = PROGRAM.format(given="cfg.hidden, cfg.hidden").replace("cfg.width)", "7)")
    found = mended(program, most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_layer_in_front_may_be_missing():
    program = """
    from types import SimpleNamespace

    class Net(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.rnn = nn.GRU(cfg.width, cfg.features, batch_first=True)

        def forward(self, x):
            return self.rnn(x)[0][:, -1]

    print(Net(SimpleNamespace(width=16, features=8))(torch.randn(4, 7, 8)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["self.rnn = nn.GRU(cfg.features, cfg.width, batch_first=True)"]
    assert found.doubts == ["a layer in front, which makes the one width of the other, may be missing"]
