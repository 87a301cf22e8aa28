"""A parameter that nobody reads, and that a width lacks."""

import pytest
from mended import mended, printed

CRITIC = """
    class Critic(nn.Module):
        def __init__(self, state=6, action=2{more}):
            super().__init__()
            self.net = nn.Sequential(nn.Linear({width}, 5), nn.ReLU(), nn.Linear(5, 1))

        def forward(self, rows, moves):
            return self.net(torch.cat([rows, moves], dim=1))

    print(round(Critic({given})(torch.rand(9, {sizes[0]}), torch.rand(9, {sizes[1]})).sum().item(), 3))
"""
PLAIN = {"more": "", "given": "", "sizes": (6, 2)}


@pytest.mark.parametrize("changed", [{}, {"given": "4, action=3", "sizes": (4, 3)}])
def test_the_unread_parameter_is_added(changed):
    found = mended(CRITIC.format(width="state", **PLAIN | changed), most=1)
    assert "nn.Linear(state + action, 5)" in found.text
    assert found.output == printed(CRITIC.format(width="state + action", **PLAIN | changed))
    assert not found.doubts


def test_one_that_does_not_fit_is_left():
    found = mended(CRITIC.format(width="state", **PLAIN | {"sizes": (6, 3)}), most=1)
    assert not any("+ action" in fix.title for fix in found.diagnoses[0].fixes)
