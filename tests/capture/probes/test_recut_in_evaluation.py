"""Clips of recordings that an evaluation cuts into groups: of one recording each, or of several."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

def batches(size):
    return DataLoader(TensorDataset(torch.randn(27, 4, 11), torch.randint(0, 5, (27,))), size)

model = nn.Sequential(nn.Conv1d(4, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 5))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches(7):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
right = 0
with torch.no_grad():
    for x, y in batches({size}):
        scores = model({clips})
        scores = {grouped}
        right += {measure}
print(right)
"""
CUT = "torch.stack([x[..., i : i + 5] for i in (0, 3, 6)], {}).{}"
BY_SAMPLE = CUT.format(1, "flatten(0, 1)")
BY_CLIP = CUT.format(0, "flatten(0, 1)")
RIGHT = "(scores.argmax(-1) == y).sum().item()"


@pytest.mark.parametrize(
    ("clips", "grouped", "found"),
    [
        (BY_SAMPLE, "scores.softmax(-1).view(3, len(y), -1).mean(0)", True),
        (BY_SAMPLE, "scores.reshape(3, -1, 5).sum(0)", True),
        (BY_SAMPLE, "scores.view(3, len(y), 5).amax(0)", True),
        (BY_SAMPLE, "scores.view(len(y), 3, -1).mean(1)", False),
        (BY_SAMPLE, "scores.view(len(y), 3, -1).transpose(0, 1).mean(0)", False),
        (BY_CLIP, "scores.view(3, len(y), -1).mean(0)", False),
        (BY_CLIP, "torch.stack(scores.chunk(3)).mean(0)", False),
        (CUT.format(1, "transpose(0, 1).flatten(0, 1)"), "scores.view(len(y), 3, -1).mean(1)", True),
        (CUT.format(1, "transpose(0, 1).flatten(0, 1)"), "scores.view(3, len(y), -1).mean(0)", False),
        ("x", "scores", False),
    ],
)
def test_clips_are_grouped_by_their_recording(clips, grouped, found):
    program = PROGRAM.format(size=7, clips=clips, grouped=grouped, measure=RIGHT)
    assert slugs(program, "") == (["reshaped_instead_of_permuted"] if found else [])


@pytest.mark.parametrize(
    ("clips", "grouped"), [(BY_CLIP, "scores.view(3, 3, -1).mean(0)"), (BY_SAMPLE, "scores.view(3, 3, -1).mean(1)")]
)
def test_as_many_clips_as_recordings_say_nothing(clips, grouped):
    assert slugs(PROGRAM.format(size=3, clips=clips, grouped=grouped, measure=RIGHT), "") == []


def test_a_loss_measures_too():
    measure = "F.cross_entropy(scores, y).item()"
    program = PROGRAM.format(size=7, clips=BY_SAMPLE, grouped="scores.view(3, len(y), 5).mean(0)", measure=measure)
    assert slugs(program, "") == ["reshaped_instead_of_permuted"]


def test_what_asks_of_no_recording_may_be_grouped_in_any_way():
    measure = "scores.std(0).sum().item()"
    program = PROGRAM.format(size=7, clips=BY_SAMPLE, grouped="scores.view(3, len(y), 5).mean(0)", measure=measure)
    assert slugs(program, "") == []


def test_the_other_order_is_the_fix():
    grouped = "scores.view(3, len(y), -1).mean(0)"
    program = PROGRAM.format(size=7, clips=BY_SAMPLE, grouped=grouped, measure=RIGHT)
    fixed = "        scores = scores.view(len(y), 3, -1).transpose(0, 1).mean(0)\n"
    assert audited(program, "") == [("reshaped_instead_of_permuted", [fixed])]
