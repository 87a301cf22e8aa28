"""Windows that begin at a number which was drawn end before what they are cut out of does."""

import pytest
from mended import mended, printed

STORED = """
import random

text, rows, steps = torch.arange(12), 40, 9
random.seed(3)
given, wanted = torch.zeros(rows, steps), torch.zeros(rows, steps)
for row in range(rows):
    begin = random.{draw}
    end = begin + steps + 1
    piece = text[begin:end]
    given[row], wanted[row] = piece[:-1], piece[1:]
print(given.sum().item(), wanted.sum().item())
"""
STACKED = """
import numpy as np


def batch(data, block, rows):
    length = {length}
    starts = {draw}
    return torch.stack([data[at : at + block] for at in starts]), torch.stack([{shifted} for at in starts])


np.random.seed(1)
x, y = batch(torch.arange(14), 6, 30)
print(x.sum().item(), y.sum().item())
"""
SHIFTED = "data[at + 1 : at + 1 + block]"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("randint(0, len(text) - steps)", "randint(0, len(text) - steps - 1)"),
        ("randrange(text.size(0) - steps + 1)", "randrange(text.size(0) - steps)"),
        ("randint(0, len(text) - steps + 1)", "randint(0, len(text) - steps - 1)"),
    ],
)
def test_what_is_stored_in_a_buffer(wrong: str, right: str) -> None:
    found = mended(STORED.format(draw=wrong))
    assert found.changed == [f"begin = random.{right}"]
    assert not found.doubts
    assert found.output == printed(STORED.format(draw=right))


@pytest.mark.parametrize(
    ("length", "wrong", "right"),
    [
        ("len(data)", "torch.randint(length - block + 1, (rows,))", "torch.randint(length - block, (rows,))"),
        (
            "data.shape[0]",
            "torch.randint(0, length, (rows,)).tolist()",
            "torch.randint(0, length - block, (rows,)).tolist()",
        ),
        ("None", "np.random.randint(0, len(data) - block + 1, rows)", "np.random.randint(0, len(data) - block, rows)"),
    ],
)
def test_what_is_stacked(length: str, wrong: str, right: str) -> None:
    found = mended(STACKED.format(length=length, draw=wrong, shifted=SHIFTED))
    assert found.changed == [f"starts = {right}"]
    assert found.output == printed(STACKED.format(length=length, draw=right, shifted=SHIFTED))


@pytest.mark.parametrize(
    ("draw", "shifted"),
    [
        # They fit: what differs is something else.
        ("torch.randint(length - block, (rows,))", "data[at + 1 : at + 1 + block + int(at) % 2]"),
        ("torch.randint(length - 7, (rows,))", "data[at + 1 : at + 1 + block + int(at) % 2]"),
        ("torch.randint(len(data[:-1]) - block, (rows,))", "data[at + 1 : at + 1 + block][: int(at) + 2]"),
    ],
)
def test_a_bound_that_fits_stays(draw: str, shifted: str) -> None:
    found = mended(STACKED.format(length="len(data)", draw=draw, shifted=shifted), most=1)
    changed = [edit.replacement for each in found.diagnoses for fix in each.fixes for edit in fix.edits]
    assert not any("randint" in text for text in changed)


def test_both_sides_of_a_crop_end_within_the_image():
    program = """
    import numpy as np


    def crops(image, size, count, draws):
        h, w = image.shape[:2]
        found = []
        for _ in range(count):
            y, x = draws.integers(0, h{0}), draws.integers(0, w{0})
            found.append(image[y : y + size, x : x + size])
        return torch.from_numpy(np.stack(found))


    image = np.random.default_rng(0).random((20, 26, 3)).astype(np.float32)
    print(round(crops(image, 8, 40, np.random.default_rng(1)).sum().item(), 3))
    """
    found = mended(program.format(""))
    assert found.output == printed(program.format(" - size + 1"))
    assert not found.doubts


NAMED = """
import random
import numpy as np

LENGTH = 6
rng = np.random.default_rng(4)
random.seed(6)


def sample(episodes):
    rows, marks = [], []
    for seen, done in episodes:
        start = {draw}
        window = slice(start, start + LENGTH)
        rows.append(seen[window])
        marks.append(done[window])
    return torch.stack(rows), torch.stack(marks)


episodes = [(torch.randn(n, 2), torch.ones(n)) for n in (9, 14, 8, 7, 11) * 3]
print(sample(episodes)[0].sum().item())
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("random.randint(0, len(seen) - 1)", "random.randint(0, len(seen) - LENGTH)"),
        ("random.choice(range(len(seen)))", "random.choice(range(len(seen) - LENGTH + 1))"),
        ("int(rng.integers(len(seen) - 1))", "int(rng.integers(len(seen) - LENGTH + 1))"),
    ],
)
def test_a_slice_that_has_a_name(wrong: str, right: str) -> None:
    found = mended(NAMED.format(draw=wrong))
    assert found.changed == [f"start = {right}"]
    assert not found.doubts
    assert found.output == printed(NAMED.format(draw=right))
