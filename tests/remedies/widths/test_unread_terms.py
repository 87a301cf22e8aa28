"""A parameter that nobody reads, and that a width lacks."""

import pytest
from mended import mended, printed

CRITIC = """
    class Critic(nn.Module):
        def __init__(self, state=6, action=2{more}):
            super().__init__()
            self.net = nn.Sequential(nn.Linear({width}, 5), nn.ReLU(), nn.Linear(5, 1))

        def forward(self, rows, moves):
            return self.net(torch.cat([rows, moves], dim=1))

    print(round(Critic({given})(torch.rand(9, {sizes[0]}), torch.rand(9, {sizes[1]})).sum().item(), 3))
"""
PLAIN = {"more": "", "given": "", "sizes": (6, 2)}


@pytest.mark.parametrize("changed", [{}, {"given": "4, action=3", "sizes": (4, 3)}])
def test_the_unread_parameter_is_added(changed):
    found = mended(CRITIC.format(width="state", **PLAIN | changed), most=1)
    assert "nn.Linear(state + action, 5)" in found.text
    assert found.output == printed(CRITIC.format(width="state + action", **PLAIN | changed))
    assert not found.doubts


def test_one_that_does_not_fit_is_left():
    found = mended(CRITIC.format(width="state", **PLAIN | {"sizes": (6, 3)}), most=1)
    assert not any("+ action" in fix.title for fix in found.diagnoses[0].fixes)


NET = """
    class Net(nn.Module):
        def __init__(self, features, hidden, {more}):
            super().__init__()
            self.first, self.out = nn.Linear(features, hidden), nn.Linear(hidden, 1)

        def forward(self, x):
            {line}
            return self.out(torch.relu(self.first(x)))

    print(Net(8, 16, {given})(torch.rand(5, {came})).shape)
"""


@pytest.mark.parametrize("more", ["extra", "times", "extra=0"])
def test_of_what_no_join_brings_in_it_is_not_known_whether_it_was_meant(more):
    found = mended(NET.format(more=more, given=2, came=16 if more == "times" else 10, line="pass"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if fix.title.endswith(more.partition("=")[0])]
    assert told
    assert all(fix.doubt for fix in told)


@pytest.mark.parametrize("more", ["depth", "num_layers", "heads=1", "bias=True", "seed", "verbose=1", "extra=True"])
def test_a_setting_is_no_width(more):
    found = mended(NET.format(more=more, given=1, came=9, line="pass"), most=1)
    assert not any(fix.title.endswith(f"+ {more.partition('=')[0]}") for fix in found.diagnoses[0].fixes)


def test_twice_the_width_behind_two_directions_is_no_product():
    line = "x = nn.GRU(8, 4, bidirectional=True)(x)[0]; x = torch.cat([x, x], 1)"
    found = mended(NET.format(more="times", given=2, came=8, line=line), most=1)
    assert not any("times" in fix.title for fix in found.diagnoses[0].fixes)


PATCHES = """
    from einops import rearrange

    class Patches(nn.Module):
        def __init__(self, side, channels, width):
            super().__init__()
            self.side, self.mix = side, nn.Linear({}, width)

        def forward(self, x):
            x = rearrange(x, "b c (h p) (w q) -> b (h w) {}", p=self.side, q=self.side)
            return self.mix(x)

    y = Patches(4, 3, 10)(torch.randn(2, 3, 12, 20))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize("merged", ["(p q c)", "(c p q)"])
def test_what_einops_merges_with_what_was_told_is_the_parameter_that_is_left(merged):
    found = mended(PATCHES.format("side * side", merged), most=1)
    assert found.output == printed(PATCHES.format("side * side * channels", merged))
    assert not found.doubts


def test_a_factor_that_nothing_merges_is_in_doubt():
    merges = 'rearrange(x, "b c (h p) (w q) -> b (h w) (p q c)", p=self.side, q=self.side)'
    program = PATCHES.format("side * side", "(p q c)").replace(merges, "F.unfold(x, 4, stride=4).transpose(1, 2)")
    found = mended(program, most=1)
    assert found.changed == ["self.side, self.mix = side, nn.Linear((side * side) * channels, width)"]
    assert found.doubts == ["a parameter may be left unread on purpose, and a number fit by chance"]
