"""A class more than labels have, which is cut off before the guess: along the classes, or along the samples."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited

PROGRAM = """
kinds, LAST = 6, 5
model = nn.Conv2d(2, kinds + 1, 1)
criterion = nn.CrossEntropyLoss()
batches = [(torch.randn(4, 2, 3, 3), torch.randint(kinds, (4, 3, 3))) for _ in range(4)]
"""
MEASURES = """
model.eval()
with torch.no_grad():
    for x, y in batches:
        scores = model(x)
        {lines}
"""


def told(lines):
    return audited(PROGRAM, TRAIN + MEASURES.format(lines=lines))


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ("print((scores[:kinds].argmax(1) == y).float().mean())", "scores[:, :kinds].argmax"),
        ("print((scores.softmax(1)[0:kinds].max(dim=1).indices == y).sum())", "[:, 0:kinds].max"),
        ("print((scores[:kinds].argmax(1)[y > 0] == y[y > 0]).sum())", "[:, :kinds].argmax"),
        ("print((scores[:kinds].softmax(1).topk(1, dim=1)[1].squeeze(1) == y).sum())", "[:, :kinds].softmax"),
    ],
)  # fmt: skip
def test_the_samples_are_cut(lines, right):
    ((slug, (edit,)),) = told(lines)
    assert slug == "cut_beside_classes"
    assert right in edit


@pytest.mark.parametrize(
    "lines",
    [
        "print((scores[:, :kinds].argmax(1) == y).float().mean())",
        # The first samples alone, and as many of their labels.
        "print((scores[:LAST].argmax(1) == y[:LAST]).float().mean())",
        "print((model(x[:LAST]).argmax(1) == y[:LAST]).float().mean(), scores[:LAST].argmax(1))",
        # A look at the first guesses, held against nothing, or against names that the script cuts so as well.
        "print(scores[:kinds].argmax(1).flatten()[:3].tolist())",
        "given = torch.tensor(list(y.tolist())[:kinds]); print((scores[:kinds].argmax(1) == given).sum())",
        # No class would be cut off.
        "print((scores[:10].argmax(1) == y).float().mean())",
        # Of what is sought nothing.
        "print(scores[:kinds].mean())",
    ],
)
def test_classes_or_samples_that_are_cut_rightly(lines):
    assert told(lines) == []
