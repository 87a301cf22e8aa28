"""A parameter that nobody reads, where a layer was given something else of another width."""

from mended import mended, printed

CODED = """
    class Coded(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.GRU(4, 9, batch_first=True), nn.GRU(3, 9, batch_first=True)
            self.mix = nn.Linear(9, {mixed})

        def forward(self, source, target):
            steps, state = self.encoder(source)
            small = self.mix(steps)
            out, _ = self.decoder({given}, state)
            return out{more}

    print(Coded()(torch.rand(5, 7, 4), torch.rand(5, 6, 3)).shape)
"""


def test_the_parameter_of_the_right_width_was_meant():
    found = mended(CODED.format(mixed=8, given="small", more=""), most=1)
    assert found.changed == ["out, _ = self.decoder(target, state)"]
    assert found.output == printed(CODED.format(mixed=8, given="target", more=""))


def test_a_parameter_that_is_read_elsewhere_is_another_matter():
    found = mended(CODED.format(mixed=8, given="small", more=" + target.mean()"), most=1)
    assert found.changed != ["out, _ = self.decoder(target, state)"]


CROSS = """
    class Cross(nn.Module):
        def __init__(self, dim, other):
            super().__init__()
            self.q, self.k = nn.Linear(dim, 6), nn.Linear({told}, 6)
            self.v = nn.Linear(other, 6)

        def forward(self, x, context):
            scores = self.q(x) @ self.k(context).transpose(1, 2)
            return scores.softmax(-1) @ self.v(context)

    print(round(Cross(12, 20)(torch.randn(2, 9, 12), torch.randn(2, 5, 20)).sum().item(), 4))
"""


def test_a_name_in_one_layer_goes_before_two_that_are_exchanged_for_all():
    found = mended(CROSS.format(told="dim"))
    assert found.output == printed(CROSS.format(told="other"))
    assert not found.doubts
