"""Densities with one number a coordinate beside one number a row."""

import pytest
from mended import mended, printed

POLICY = """
    class Policy(nn.Module):
        def __init__(self, seen, moves):
            super().__init__()
            self.mu, self.v = nn.Linear(seen, moves), nn.Linear(seen, 1)

        def evaluate(self, s, a):
            dist = torch.distributions.Normal(self.mu(s), torch.ones(2))
            return {density}, dist.entropy().sum(-1), self.v(s).squeeze(-1)

    s, a, old = torch.randn(9, 6), torch.randn(9, 2), torch.randn(9)
    net = Policy(6, 2)
    logp, entropy, v = net.evaluate(s, a)
    print((logp - old).exp().shape, round((logp - old).mean().item() - entropy.mean().item(), 4))
"""
SQUASHED = """
    dist = torch.distributions.Normal(torch.randn(7, 3), torch.ones(3))

    def density(u):
        a = torch.tanh(u)
        return {density} - torch.log(1 - a.pow(2) + 1e-6).sum({axis})

    print(density(dist.rsample()).shape)
"""


def test_coordinates_are_summed_up_as_beside():
    found = mended(POLICY.format(density="dist.log_prob(a)"), most=1)
    assert found.output == printed(POLICY.format(density="dist.log_prob(a).sum(-1)"))
    assert not found.doubts


@pytest.mark.parametrize("axis", ["-1", "dim=1"])
def test_what_it_is_reckoned_with_was_summed_up(axis):
    found = mended(SQUASHED.format(density="dist.log_prob(u)", axis=axis), most=1)
    assert found.output == printed(SQUASHED.format(density="dist.log_prob(u).sum(-1)", axis=axis))
    assert not found.doubts


def test_steps_that_nobody_sums_up_leave_it_open():
    found = mended(
        """
        dist = torch.distributions.Normal(torch.zeros(5, 8), 1.0)
        walk, reward = dist.sample(), torch.randn(5)
        print((dist.log_prob(walk) * reward).sum().item())
        """,
        most=1,
    )
    assert found.output == "crashed" or found.doubts


def test_as_many_rows_as_coordinates_are_left_alone():
    found = mended(
        """
        dist = torch.distributions.Normal(torch.zeros(5, 3), 1.0)
        total = torch.randn(5, 3).sum(-1)
        print((dist.log_prob(torch.ones(5, 3)) + torch.randn(4)).shape, total.shape)
        """,
        most=1,
    )
    assert not any(".sum(-1)" in fix.title for fix in found.diagnoses[0].fixes)
