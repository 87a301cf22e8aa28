"""Totals that a measure keeps, of errors that a mask was put to, and what they are divided by."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(3, 2)


class Meter:
    def __init__(self):
        self.total, self.count, self.other = 0.0, 0, 1

    def add(self, out, y, keep):
        {lines}

    def tell(self):
        return (self.total / {by}) ** 0.5


meter = Meter()
lengths = torch.tensor({lengths})
keep = torch.arange(6) < lengths[:, None]
batches = [(torch.randn(5, 6, 3), torch.randn(5, 6, 2)) for _ in range(3)]


def criterion(out, y):
    meter.add(out.detach(), y, keep)
    return (out - y).pow(2)[keep].mean()
"""
SQUARES = "self.total += ((out - y) * keep[..., None]).pow(2).sum().item()"
HITS = "self.total += ((out.argmax(-1) == y.argmax(-1)) & keep).sum().item()"
LATER = "d = (out - y).abs() * keep[..., None]; s = torch.sum(d); n = y.numel(); self.total += float(s)"
ENDS, EVEN = [6, 3, 4, 2, 3], [4, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("lines", "by", "lengths", "found"),
    [
        (f"{SQUARES}; self.count += y.numel()", "self.count", ENDS, True),
        (f"{HITS}; self.count += keep.numel()", "max(self.count, 1)", ENDS, True),
        (f"{LATER}; self.count += n", "self.count", ENDS, True),
        (f"{SQUARES}; self.count += 2 * int(keep.sum())", "self.count", ENDS, False),
        (f"{SQUARES}; self.count += y.numel()", "self.other", ENDS, False),
        # The count is corrected, or the sum.
        (f"{SQUARES}; self.count += y.numel(); self.count -= 2 * int((~keep).sum())", "self.count", ENDS, False),
        (f"{SQUARES}; self.count += y.numel() - 2 * int((~keep).sum())", "self.count", ENDS, False),
        (f"{SQUARES} / float(keep.float().mean()); self.count += y.numel()", "self.count", ENDS, False),
        # Both ratios are told.
        (f"{SQUARES}; self.other += 1; self.count += y.numel()", "self.count + self.total / self.other", ENDS, False),
        (f"{SQUARES}; self.count += y.numel()", "self.count", EVEN, False),
        (f"{SQUARES.replace('keep', '(y > 0)[..., 0]')}; self.count += y.numel()", "self.count", ENDS, False),
        ("self.total += (~keep * 1.0).sum().item(); self.count += keep.numel()", "self.count", ENDS, False),
    ],
)
def test_totals_and_counts(lines, by, lengths, found):
    seen = "padding_in_mean" in slugs(PROGRAM.format(lines=lines, by=by, lengths=lengths))
    assert seen is found


def test_the_count_of_what_the_mask_keeps_takes_its_place():
    lines = f"{SQUARES}\n        self.count += y.numel()"
    told = dict(audited(PROGRAM.format(lines=lines, by="self.count", lengths=ENDS)))
    assert [line.strip() for line in told["padding_in_mean"]] == [
        "self.count += int(keep[..., None].expand_as(y).sum())"
    ]
