"""A view that tells the samples rightly, and another size wrong."""

from mended import mended, printed

PROGRAM = """
    maps = nn.Conv2d(1, 8, 3, padding=1)(torch.randn(3, 1, 12, 20))
    b, c, h, w = maps.shape
    steps = maps.permute(0, 3, 1, 2).reshape({sizes})
    print(nn.GRU(96, 5, batch_first=True)(steps)[0].shape)
"""


def test_the_features_take_what_is_left():
    found = mended(PROGRAM.format(sizes="b, w, c"))
    assert found.output == printed(PROGRAM.format(sizes="b, w, c * h"))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_samples_among_the_steps_are_in_doubt():
    found = mended(PROGRAM.format(sizes="b, w, c"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if fix.title.startswith("b ->"))
