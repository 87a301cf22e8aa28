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
