"""A state that gets its name for the next round in a line of its own, behind the call that says which rows end."""

from __future__ import annotations

from programs import audited, slugs

PROGRAM = """
class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.act, self.worth = nn.GRUCell(3, 6), nn.Linear(6, 2), nn.Linear(6, 1)

    def forward(self, seen, h):
        h = self.body(seen, h)
        return torch.distributions.Categorical(logits=self.act(h)), self.worth(h).squeeze(1), h


class World:
    def __init__(self):
        self.age, self.state = torch.arange(6) % 4, torch.randn(6, 3)

    def step(self, action):
        self.age = self.age + 1
        reward = (action == (self.state[:, 0] > 0)).float()
        done = (self.age > 3).float()
        self.state = torch.where(done.bool()[:, None], torch.randn(6, 3), self.state)
        self.age = torch.where(done.bool(), 0, self.age)
        return self.state, reward, done


def played(agent, world, h):
    logs, worths, rewards, ends = [], [], [], []
    for _ in range(6):
        choice, worth, new = agent(world.state, h)
        action = choice.sample()
        _, reward, done = world.step(action)
        h = {state}
        logs.append(choice.log_prob(action)), worths.append(worth), rewards.append(reward), ends.append(done.float())
    ret = agent(world.state, h)[1].detach()
    loss = 0.0
    for log, worth, reward, end in zip(*(reversed(each) for each in (logs, worths, rewards, ends))):
        ret = reward + 0.9 * ret * (1 - end)
        loss = loss + ((ret - worth) ** 2 - log * (ret - worth).detach()).mean()
    return loss


agent, world, h = Agent(), World(), torch.zeros(6, 6)
optimizer = torch.optim.SGD(agent.parameters(), 0.1)
for _ in range(3):
    loss = played(agent, world, h)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_the_line_that_takes_the_state_on_is_told():
    ((slug, lines),) = audited(PROGRAM.format(state="new"), "")
    assert slug == "state_across_episodes"
    assert lines == ["        h = new * (1 - done.float())[:, None]\n"]
    assert slugs(PROGRAM.format(state=lines[0].partition("= ")[2].strip()), "") == []
