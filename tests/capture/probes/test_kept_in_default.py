"""Lists that are defaults of arguments, and keep what a batch has put there for the next one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MODEL = """
def put(x, kept=[]):
    kept.append(x)
    return torch.stack(kept, 1).mean(1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.out = nn.Linear(3, 6), nn.Linear(6, 1)

    def forward(self, x, {argument}):
        {body}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 4, 3), torch.randn(5, 1)) for _ in range(4)]
"""
STEP_BY_STEP = """for step in x.unbind(1):
            memory.append(step)
        return self.out(self.enter(torch.stack(memory, 1)).mean(1))"""


@pytest.mark.parametrize(
    ("argument", "body"),
    [
        ("memory=[]", STEP_BY_STEP),
        ("scale=1.0, memory=list()", STEP_BY_STEP.replace("(step)", "(step * scale)")),
        (
            "scale=1.0",
            "for step in x.unbind(1):\n            mean = put(step)\n        return self.out(self.enter(mean))",
        ),
    ],
)
def test_a_list_that_goes_on_with_the_next_batch(argument, body):
    [(slug, lines)] = audited(MODEL.format(argument=argument, body=body))
    assert slug == "kept_in_default"
    assert "=None" in lines[0]
    assert "is None else" in lines[1]


@pytest.mark.parametrize(
    ("argument", "body"),
    [
        ("memory=None", "memory = []\n        " + STEP_BY_STEP),
        ("memory=[]", "memory.clear()\n        " + STEP_BY_STEP),
        ("memory=[]", "memory = list(memory)\n        " + STEP_BY_STEP),
        # Ranks for any batch, made once.
        ("ranks=[]", "if not ranks:\n            ranks.extend(torch.arange(4.0).unbind())\n"
         "        weights = torch.stack(ranks).softmax(0)\n"
         "        return self.out((self.enter(x) * weights[:, None]).mean(1))"),
        # One thing a call, to compare the next one with.
        ("last=[]", "h = self.enter(x).mean(1)\n        last.append(h.detach())\n"
         "        return self.out(h - torch.stack(last).mean(0))"),
    ],
)  # fmt: skip
def test_lists_that_begin_empty_or_hold_what_is_meant_for_all(argument, body):
    assert "kept_in_default" not in slugs(MODEL.format(argument=argument, body=body))
