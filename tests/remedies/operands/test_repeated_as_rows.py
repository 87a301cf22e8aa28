"""Learned vectors repeated for each sample, without an axis of samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.seeds = nn.Parameter(torch.randn(5, 8))
            self.attn = nn.MultiheadAttention(8, 2{first})
        def forward(self, x):
            q = self.seeds.repeat({times})
            return {text}
    print(Pooled()(torch.randn(4, 11, 8)).sum(-1))
"""


@pytest.mark.parametrize("text", ["self.attn(q, x, x)[0]", "torch.cat([q, x], 1)", "torch.bmm(q, x.transpose(1, 2))"])
def test_samples_have_an_axis_of_their_own(text):
    given = {"first": ", batch_first=True", "text": text}
    if "bmm" in text:
        given["text"] = "torch.bmm(q, x[:, :8].transpose(1, 2) + 0 * x[:, :8])"
    found = mended(PROGRAM.format(times="x.size(0), 1", **given))
    assert found.output == printed(PROGRAM.format(times="x.size(0), 1, 1", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("first", "times"),
    [
        # The samples of this layer stand second.
        ("", "x.size(0), 1"),
        # As many as there are steps.
        (", batch_first=True", "x.size(1), 1"),
    ],
)
def test_what_is_not_repeated_for_each_sample_is_left(first, times):
    found = mended(PROGRAM.format(first=first, times=times, text="self.attn(q, x, x)[0]"), most=1)
    assert not any("axis of samples" in fix.title for each in found.diagnoses for fix in each.fixes)
