"""Numbers drawn for as many samples as a full batch has, and stored where the last batch has fewer."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    from types import SimpleNamespace
    from torch.utils.data import DataLoader

    np.random.seed(0)
    opt = SimpleNamespace(size=4, classes=3)
    for (real,) in DataLoader([(row,) for row in torch.randn(10, 5)], batch_size=opt.size):
        noise = {noise}
        kinds = {kinds}
        noise[:, :opt.classes] = {marks}
    print(noise.shape, float(noise.sum()))
"""
NUMPY = ("np.ones((len(real), 7))", "np.random.randint(0, opt.classes, {n})", "np.eye(opt.classes)[kinds]")
TORCH = ("torch.ones(len(real), 7)", "torch.randint(0, opt.classes, ({n},))", "F.one_hot(kinds, opt.classes).float()")


@pytest.mark.parametrize("parts", [NUMPY, TORCH])
def test_as_many_are_drawn_as_the_batch_has(parts):
    noise, kinds, marks = parts
    wrong, right = (
        PROGRAM.format(noise=noise, kinds=kinds.format(n=count), marks=marks) for count in ("opt.size", "len(real)")
    )
    found = mended(wrong, most=1)
    assert found.output == printed(right)
    assert not found.doubts


def test_a_bound_that_is_as_large_as_a_batch_is_none():
    noise, _, marks = NUMPY
    program = PROGRAM.format(noise=noise, kinds="np.random.randint(0, opt.size, opt.size) % 3", marks=marks)
    lines = [edit.replacement for fix in mended(program, most=1).diagnoses[0].fixes for edit in fix.edits]
    assert any("randint(0, opt.size, real.size(0))" in line for line in lines)
    assert not any("randint(0, real" in line for line in lines)
