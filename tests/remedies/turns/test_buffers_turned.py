"""Buffers that are written and read by cuts of another axis than was made for the steps."""

from mended import mended, printed

PROGRAM = """
    class Cache(nn.Module):
        def __init__(self, samples, steps, heads, width):
            super().__init__()
            self.register_buffer("keys", torch.zeros({sizes}))

        def forward(self, k, start):
            n, _, t, _ = k.shape
            self.keys[:n, :, start : start + t] = k
            return {read}

    cache = Cache(4, 10, 3, 6)
    print([round(cache(torch.randn(2, 3, t, 6), s).sum().item(), 4) for s, t in ((0, 5), (5, 1))])
"""


def test_the_steps_lie_where_they_are_cut():
    read = "self.keys[:n, :, : start + t]"
    found = mended(PROGRAM.format(sizes="samples, steps, heads, width", read=read))
    assert found.output == printed(PROGRAM.format(sizes="samples, heads, steps, width", read=read))
    assert not found.doubts


def test_where_it_is_read_by_other_cuts_it_is_a_doubt():
    read = "self.keys[:n, : start + t]"
    found = mended(PROGRAM.format(sizes="samples, steps, heads, width", read=read), most=1)
    assert not any("heads, steps" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_buffer_that_is_too_short_is_not_turned():
    wrong = PROGRAM.format(sizes="samples, heads, 4, width", read="self.keys[:n, :, : start + t]")
    found = mended(wrong, most=1)
    assert not any("4, heads" in fix.title for fix in found.diagnoses[0].fixes)
