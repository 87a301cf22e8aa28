"""Copies of samples that are for positives and for the negatives behind all of them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 5))
many = 3


def criterion(z, others):
    near, far = others
    rivals = {rivals}
    anchors = {anchors}
    sign = {sign}
    {loss}


def batch():
    x = torch.randn(10, 6)
    order = torch.cdist(x, x).argsort(1)
    return x, (order[:, 1:4], order[:, -3:])


batches = [batch() for _ in range(3)]
"""
BEHIND = {
    "rivals": "torch.cat([z[near], z[far]]).flatten(0, 1)",
    "sign": "torch.cat([torch.ones(30), -torch.ones(30)])",
}
BESIDE = {
    "rivals": "torch.cat([z[near], z[far]], 1).flatten(0, 1)",
    "sign": "torch.cat([torch.ones(10, 3), -torch.ones(10, 3)], 1).flatten()",
}
LOSSES = [
    "return F.cosine_embedding_loss(anchors, rivals, sign, margin=0.2)",
    "return (-F.logsigmoid(sign * (anchors * rivals).sum(-1))).mean()",
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("anchors", "mended"),
    [
        ("z.repeat_interleave(2 * many, dim=0)", "z.repeat_interleave(many, dim=0).repeat(2, 1)"),
        ("z.repeat_interleave(6, 0)", "z.repeat_interleave(3, dim=0).repeat(2, 1)"),
        ("z.repeat(6, 1)", None),
    ],
)
def test_the_negatives_stand_behind_the_positives_and_the_copies_do_not(anchors, mended, loss):
    edits = [f"    anchors = {mended}\n"] if mended is not None else []
    assert audited(PROGRAM.format(anchors=anchors, loss=loss, **BEHIND)) == [("copies_in_another_order", edits)]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("anchors", "others"),
    [
        ("z.repeat_interleave(many, 0).repeat(2, 1)", BEHIND),
        ("torch.cat([z.repeat_interleave(many, 0)] * 2)", BEHIND),
        ("z.repeat_interleave(2 * many, 0)", BESIDE),
        ("z[:, None].expand(-1, 6, -1).flatten(0, 1)", BESIDE),
    ],
)
def test_the_copies_stand_as_the_rows_that_they_meet(anchors, others, loss):
    assert slugs(PROGRAM.format(anchors=anchors, loss=loss, **others)) == []
