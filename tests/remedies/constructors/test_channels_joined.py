"""Images that were joined along their width or height, where a convolution wants their channels together."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(2)
    rng = np.random.default_rng(2)


    def look(steps):
        return {joined}


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(6, 4, 3)

        def forward(self, x):
            return self.conv(x)


    net = Net()
    cameras = {cameras}
    state = look(cameras)
    scores = net({given})
    print(round(scores.sum().item(), 4))
"""
ARRAYS = "[rng.normal(size=(1, 3, 8, 10)).astype(np.float32) for _ in range(2)]"
SAMPLES = "[torch.randn(3, 8, 10) for _ in range(2)]"


@pytest.mark.parametrize(
    ("wrong", "right", "cameras", "given"),
    [
        ("np.concatenate(steps, axis=-1)", "np.concatenate(steps, axis=-3)", ARRAYS, "torch.from_numpy(state)"),
        ("np.concatenate(steps[:2], 3)", "np.concatenate(steps[:2], 1)", ARRAYS, "torch.from_numpy(state)"),
        ("torch.cat(steps, dim=-2)", "torch.cat(steps, dim=-3)", SAMPLES, "state[None]"),
    ],
)
def test_the_axis_of_the_join_is_changed(wrong, right, cameras, given):
    found = mended("    import numpy as np\n" + PROGRAM.format(joined=wrong, cameras=cameras, given=given))
    assert found.changed == [f"return {right}"]
    assert found.output == printed(
        "    import numpy as np\n" + PROGRAM.format(joined=right, cameras=cameras, given=given)
    )


def test_a_join_that_would_give_another_number_of_channels_is_left_alone():
    cameras = "[torch.randn(1, 4, 8, 10) for _ in range(2)]"
    found = mended(
        PROGRAM.format(joined="torch.cat(steps, dim=-1)", cameras=cameras, given="state").replace("rng =", "# rng =")
    )
    assert found.changed
    assert not any("torch.cat" in line for line in found.changed)


PARTS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Conv1d(3, 4, 3, padding=1), nn.Conv1d(3, 4, 5, padding=2)
            self.both = {layer}

        def forward(self, x):
            x, other = {turned}
            x = {joined}
            return self.both(x)

    print(round(Net()(torch.rand(6, 3, 10)).sum().item(), 3))
"""
MAPS, ROWS = "self.one(x), self.two(x)", "self.one(x).mean(2), self.two(x).mean(2)"


@pytest.mark.parametrize(
    ("layer", "turned", "joined", "right"),
    [
        ("nn.Conv1d(8, 2, 3)", MAPS, "torch.cat([x, other])", "torch.cat([x, other], dim=1)"),
        ("nn.BatchNorm1d(8)", MAPS, "torch.cat((x, other), 0)", "torch.cat((x, other), 1)"),
        ("nn.Linear(8, 2)", ROWS, "torch.cat([x, other])", "torch.cat([x, other], dim=-1)"),
    ],
)
def test_parts_that_were_joined_along_the_samples(layer, turned, joined, right):
    found = mended(PARTS.format(layer=layer, turned=turned, joined=joined), most=1)
    assert f"x = {right}" in found.text
    assert found.output == printed(PARTS.format(layer=layer, turned=turned, joined=right))
    # An axis that is written out may be meant.
    assert bool(found.doubts) == joined.endswith(", 0)")


@pytest.mark.parametrize(
    "taken",
    [
        "one, two = both.chunk(2)",
        "one, two = torch.split(both, 6)",
        "one = both[:6]",
        "n = len(x) // 2; one = both[n:]",
    ],
)
def test_samples_that_are_taken_apart_again_may_belong_there(taken):
    program = PARTS.format(layer="nn.Linear(8, 2)", turned=ROWS, joined="torch.cat([x, other])")
    program = program.replace("return self.both(x)", f"both = self.both(x); {taken}; return both")
    _is_in_doubt(program, "torch.cat([x, other])")


RNN = """
    x, other = torch.rand(7, 4, 3), torch.rand(7, 4, 3)
    x = torch.{joined}
    print(nn.{layer}(x)[0].shape)
"""


@pytest.mark.parametrize(
    ("joined", "layer"),
    [("cat([x, other])", "GRU(6, 8)"), ("cat([x, other], dim=1)", "GRU(6, 8, batch_first=True)")],
)
def test_parts_may_follow_one_another_in_time(joined, layer):
    _is_in_doubt(RNN.format(joined=joined, layer=layer), f"torch.{joined}")


def _is_in_doubt(program, join):
    found = mended(program, most=1)
    told = [fix for fix in found.diagnoses[0].fixes if fix.title.startswith(f"{join} along axis")]
    assert told
    assert all(fix.doubt for fix in told)


def test_a_layer_for_more_than_was_joined_is_another_matter():
    found = mended(PARTS.format(layer="nn.Conv1d(12, 2, 3)", turned=MAPS, joined="torch.cat([x, other])"), most=1)
    assert "torch.cat([x, other])" in found.text
