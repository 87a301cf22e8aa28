"""Evaluations between two steps of a training whose rounds are short, without a word and without gradients."""

from __future__ import annotations

import pytest
from programs import slugs

from shapecheck.auditor import Auditor
from shapecheck.capture.judge import Verdicts

PROGRAM = """
net = nn.Conv1d(3, 6, 3, padding=1)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
x, y, x2, y2 = torch.randn(5, 3, 8), torch.randint(0, 6, (5, 8)), torch.randn(7, 3, 8), torch.randint(0, 6, (7, 8))

def measure():
    with torch.no_grad():
        scores = net(x2)
        {measured}

for _ in range(4):
    {front}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {behind}
"""
PLAIN = {"front": "pass", "behind": "measure()", "loss": "F.cross_entropy(net(x), y)"}
CUT = "print((scores.reshape(7, 8, 6).argmax(-1) == y2).float().mean().item())"
TURNED = "print((scores.transpose(1, 2).argmax(-1) == y2).float().mean().item())"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"measured": CUT}, True),
        ({"measured": CUT, "front": "measure()", "behind": "pass"}, True),
        ({"measured": TURNED}, False),
        # Nothing is held against anything.
        ({"measured": "return scores.reshape(7, 8, 6).argmax(-1)"}, False),
    ],
)
def test_what_is_measured_in_between(change, found):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == ["reshaped_instead_of_permuted"] * found


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({"measured": TURNED}, 2),
        # The first step has learned nothing yet, and what the loss is made of is a teacher.
        ({"measured": "return scores.argmax(1)", "loss": "F.cross_entropy(net(x2), measure())", "behind": "pass"}, 0),
        ({"measured": "return scores.argmax(1).flatten()[0].item()"}, 0),
    ],
)
def test_a_teacher_and_a_rollout_are_no_evaluation(change, count, monkeypatch):
    heard, own = [], Verdicts.judge_evaluation
    monkeypatch.setattr(Verdicts, "judge_evaluation", lambda self, step: (heard.append(step.roots), own(self, step))[1])
    program = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n" + PROGRAM.format(**PLAIN | change)
    auditor = Auditor()
    auditor.start()
    try:
        exec(compile(program, "<between>", "exec"), {"__name__": "__main__"})
    finally:
        auditor.stop()
    inside = [roots for roots in heard if len(roots) == 1 and not roots[0].graded]
    assert len(inside) == count
