"""Goals of one step: flags that go with what comes next, flags that are added to it, and rewards of two parts."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BODY = """
import copy

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
other = copy.deepcopy(model).requires_grad_(False)
batches = []
for _ in range(3):
    flags = (torch.rand(8, 1) > 0.4).float()
    batches.append((torch.randn(8, 4), (torch.randn(8, 1), flags, torch.randn(8, 4), 1 - flags)))


def criterion(value, given):
    reward, on, after, kept = given
    goal = {goal}
    return F.mse_loss(value, goal)
"""
NEXT = "other(after)"
OWN = "model(after).detach()"


@pytest.mark.parametrize(
    ("goal", "is_told"),
    [
        (f"reward + (0.9 * (1 - on) + {NEXT})", True),
        (f"reward + 0.9 * on * {NEXT}", False),
        (f"reward + 0.9 * (1.0 - on) + {OWN}", True),
        (f"reward + 0.9 * (1 - on + {OWN})", True),
        (f"reward + 0.9 * (~on.bool()).float() + {NEXT}", True),
        (f"reward + 0.9 * (kept + {NEXT})", True),
        (f"reward + 0.9 * (1 - on) + {NEXT}", True),
        (f"reward + 0.9 * (1 - on) * {NEXT}", False),
        # Flags as they come, most of them set, that are added to what comes next before the reward is.
        (f"reward + (0.9 * on + {NEXT})", True),
        (f"0.9 * on + {NEXT} + reward", True),
        (f"reward + (0.9 * (on * 0) + {NEXT})", False),
        (f"reward + (0.5 * on + {NEXT})", False),
        # Zeros and ones that are a part of the reward, and a goal that knows of no ends.
        (f"on + 0.9 * {NEXT}", False),
        (f"reward + 0.9 * on + {NEXT}", False),
        (f"reward + 0.9 * (on + {OWN})", False),
        (f"reward - 0.9 * on + 0.9 * {NEXT}", False),
        (f"reward + 0.5 * on + 0.9 * {NEXT}", False),
        (f"reward + 0.9 * {NEXT}", False),
    ],
)
def test_flags_of_the_end_go_with_what_comes_next(goal, is_told):
    assert slugs(BODY.format(goal=goal)) == ["returns_over_ends"] * is_told


def test_it_is_told_where_the_flags_are_added():
    goal = "0.9 * (1 - on) + other(after)\n    goal = reward + goal"
    assert lines_told(BODY.format(goal=goal)) == ["goal = 0.9 * (1 - on) + other(after)"]
