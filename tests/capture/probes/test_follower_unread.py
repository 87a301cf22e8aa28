"""Goals of a network that is trained, made by itself or by the one that follows it."""

from __future__ import annotations

import pytest
from programs import slugs

AGENT = """
import copy

net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
slow = copy.deepcopy(net)
optimizer = torch.optim.SGD(net.parameters(), 0.01)
for _ in range(3):
    s, t, r, a = torch.randn(8, 4), torch.randn(8, 4), torch.randn(8), torch.randint(0, 3, (8, 1))
    with torch.no_grad():
        {goal}
    loss = F.mse_loss(net(s).gather(1, a).squeeze(1), r + 0.9 * later)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {follows}
"""
COPIED = "slow.load_state_dict(net.state_dict())"


@pytest.mark.parametrize(
    ("goal", "follows", "is_wrong"),
    [
        ("q, p = net(t), slow(t); later = q.max(1)[0]", COPIED, True),
        ("later = net(t).max(1)[0]", COPIED, True),
        ("later = net(t).max(1)[0]", "[p.data.lerp_(o.data, 0.1) for p, o in zip(slow.parameters(), net.parameters())]",
         True),
        ("later = slow(t).max(1)[0]", COPIED, False),
        ("q, p = net(t), slow(t); later = p.gather(1, q.argmax(1, keepdim=True)).squeeze(1)", COPIED, False),
        # It is measured, asked something else, or kept for whoever wants it.
        ("q, p = net(t), slow(t); later = q.max(1)[0]; print((q - p).abs().mean().item())", COPIED, False),
        ("q, p = net(t), slow(s); later = q.max(1)[0]", COPIED, False),
        ("later = net(t).max(1)[0]", COPIED + "; kept = slow.state_dict()", False),
        ("later = net(t).max(1)[0]", COPIED + "; print(slow(s).max().item())", False),
        # For a time, now and then, or one of several.
        ("q, p = net(t).max(1)[0], slow(t).max(1)[0]; later = q if _ < 9 else p", COPIED, False),
        ("q, p = net(t), slow(t); later = q.max(1)[0]", "if _ > 9: print(p.mean())\n    " + COPIED, False),
        ("q, p = net(t), slow(t); later = [q, p][0].max(1)[0]", COPIED, False),
        # Its numbers are read: as what the others are drawn to, or to be put back.
        ("later = net(t).max(1)[0]; near = [(p - o).norm() for p, o in zip(net.parameters(), slow.parameters())]",
         COPIED, False),
        ("later = net(t).max(1)[0]", COPIED + "\nfor p, o in zip(net.parameters(), slow.parameters()): p.data.copy_(o)",
         False),
    ],
)  # fmt: skip
def test_who_makes_the_goal(goal, follows, is_wrong):
    assert slugs(AGENT.format(goal=goal, follows=follows), "") == ["layer_without_influence"] * is_wrong
