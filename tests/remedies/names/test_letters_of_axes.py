"""Letters of einops that are told another size than their axis has."""

import pytest
from mended import mended, printed

PROGRAM = """
    from einops import rearrange

    class Fold(nn.Module):
        def __init__(self, frames=8):
            super().__init__()
            self.net, self.frames = nn.Conv2d(3, 4, 3), frames

        def forward(self, clips):
            {taken}
            flat = self.net(rearrange(clips, "b t c h w -> (b t) c h w"))
            return rearrange(flat, "(b t) c h w -> b t c h w", {told})

    y = Fold()(torch.randn(2, 5, 3, 6, 6))
    print(tuple(y.shape), round((y.std((0, 2, 3, 4)) * torch.arange(y.size(1))).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("taken", "good"),
    [
        ("b, t, c, h, w = clips.shape", "t=t"),
        ("b, t = clips.shape[:2]", "t=t"),
        ("t = clips.size(1)", "t=t"),
        ("b = clips.shape[0]", "b=b"),
    ],
)
def test_the_letter_is_as_long_as_the_name_that_the_shape_was_taken_by(taken, good):
    found = mended(PROGRAM.format(taken=taken, told="t=self.frames"))
    assert found.output == printed(PROGRAM.format(taken=taken, told=good))
    assert not found.doubts


def test_a_letter_that_no_size_was_taken_by_is_not_guessed():
    found = mended(PROGRAM.format(taken="n, m = clips.shape[:2]", told="t=self.frames"), most=1)
    assert not any(fix.title in ("t=t", "b=b") for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        ("b, t, c = x.shape\n        return rearrange(other, '(b t) c -> b t c', t=told)", "5"),
        ("b, h, w = x.shape\n        return rearrange(other, 'n (h d) -> h n d', h=told)", "5"),
        ("b, n, d = x.shape\n        return rearrange(other, 'n (h d) -> h n d', h=told)", "5"),
    ],
)
def test_a_size_of_another_tensor_or_another_axis_of_the_same_letter_leaves_a_doubt(lines, given):
    program = f"""
    from einops import rearrange

    def apart(x, other, told):
        {lines}
    print(tuple(apart(torch.randn(2, 4, 3), torch.randn(12, 12), {given}).shape))
    """
    assert mended(program, most=1).doubts


def test_axes_that_a_view_merged_are_known():
    program = """
    from einops import rearrange

    def apart(x, told):
        b, t, c = x.shape
        flat = nn.Linear(3, 4)(x.reshape(b * t, c))
        return rearrange(flat, "(b t) c -> b t c", t={})
    print(apart(torch.randn(2, 5, 3), 4).std(1).sum().item())
    """
    found = mended(program.format("told"))
    assert found.output == printed(program.format("t"))
    assert not found.doubts
