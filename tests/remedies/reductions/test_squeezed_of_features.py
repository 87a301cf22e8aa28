"""Squeezes that name no axis and so drop that of the features, where there is one."""

import pytest
import torch
from mended import mended, printed

EVENTS = """
    from torch.distributions import MultivariateNormal

    class Agent:
        def __init__(self, n):
            self.acts, self.cov, self.net = [], torch.eye(n), nn.Linear(3, n)

        def step(self, s):
            self.acts.append(MultivariateNormal(self.net(s), self.cov).sample())

        def score(self, s):
            return self.log(s, {acts})

        def log(self, s, acts):
            return MultivariateNormal(self.net(s), self.cov).log_prob(acts)

    agent, states = Agent(1), torch.randn(7, {sample}3)
    for s in states:
        agent.step(s)
    print(agent.score(states.view(7, 3)).sum().item())
"""
READ = """
    xs, fc = [torch.randn(1) for _ in range(9)], nn.Linear(1, 8)
    x = {x}
    print(fc(x).sum().item())
"""


@pytest.mark.parametrize("sample", ["", "1, "])
@pytest.mark.parametrize("acts", ["torch.stack(self.acts).squeeze()", "torch.squeeze(torch.stack(self.acts)).detach()"])
def test_events_of_one_number(acts, sample, monkeypatch):
    # torch.compile switches it off for the whole process.
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", True)
    text = EVENTS.replace("{sample}", sample)
    found = mended(text.replace("{acts}", acts))
    assert not found.doubts
    assert found.output == printed(text.replace("{acts}", "torch.stack(self.acts).view(-1, 1)"))


@pytest.mark.parametrize("x", ["torch.stack(xs).squeeze()", "torch.squeeze(torch.stack(xs))"])
def test_a_layer_of_one_feature(x):
    found = mended(READ.replace("{x}", x))
    assert not found.doubts
    assert found.output == printed(READ.replace("{x}", "torch.stack(xs)"))


def test_more_features_are_none_that_a_squeeze_dropped():
    text = READ.replace("nn.Linear(1, 8)", "nn.Linear(3, 8)").replace("{x}", "torch.stack(xs).squeeze()")
    found = mended(text, most=1)
    assert not any("reshape(-1, 1)" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("sizes", ["1, 7, 1", "6, 1, 1"])
def test_samples_that_a_layer_over_steps_would_lose_leave_a_doubt(sizes):
    program = f"""
    x, walk = torch.randn({sizes}), nn.LSTM(1, 4, batch_first=True)
    print(tuple(walk(x.squeeze())[0].shape))
    """
    assert mended(program, most=1).doubts
