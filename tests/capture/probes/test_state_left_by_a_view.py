"""Models that keep a state and are called twice in a step, with two views of the samples; beside those that go on."""

import pytest
from programs import audited

MODEL = """
class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.charge = None

    def forward(self, x):
        charge = 0.7 * (torch.zeros_like(x) if self.charge is None else self.charge) + x
        self.charge = charge - (charge > 1).float()
        return torch.sigmoid(4 * (charge - 1))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.leaky, self.out = nn.Linear(4, 7), Leaky(), nn.Linear(7, 3)

    def forget(self):
        self.leaky.charge = None

    def forward(self, x):
        return self.out(sum(self.leaky(self.read(x[:, t])) for t in range(x.size(1))))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.out, self.state = nn.GRU(4, 7, batch_first=True), nn.Linear(7, 3), None

    def forget(self):
        self.state = None

    def forward(self, x):
        seen, self.state = self.gru(x, self.state)
        return self.out(seen[:, -1])


model = {model}()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
data, labels = torch.randn(20, 6, 4), torch.randint(0, 3, (20,))
for _ in range(3):
    rows = torch.randperm(20)[:5]
    x, y = data[rows], labels[rows]
    {calls}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {after}
"""
NOISY = "model(x + 0.1 * torch.randn_like(x))"
BOTH = "; loss = F.cross_entropy(one, y) + F.cross_entropy(two, y)"
TWICE = f"one = {NOISY}\n    two = {NOISY}\n    loss = F.cross_entropy(one, y) + F.mse_loss(one, two)"
TRIPLET = "one, two, three = (model(part) for part in (x, data[:5], data[5:10])); loss = F.triplet_margin_loss("
ITEMS = f"{TRIPLET}one, two, three)"


def found(calls, model="Model", after="model.forget()"):
    return audited(MODEL.format(calls=calls, model=model, after=after), "")


@pytest.mark.parametrize(
    ("calls", "model"),
    [
        (f"one = model(x); two = {NOISY}{BOTH}", "Model"),
        (f"one = model(x); two = model(x.flip(1)){BOTH}", "Recurrent"),
        (ITEMS, "Model"),
    ],
)
def test_a_view_that_goes_on(calls, model):
    assert [slug for slug, _ in found(calls, model)] == ["state_of_another_batch"]


def test_the_reset_is_put_in_front_of_the_second_call():
    assert found(TWICE) == [("state_of_another_batch", [f"    model.forget()\n    two = {NOISY}"])]


@pytest.mark.parametrize(
    "calls",
    [
        # It begins anew in between.
        f"one = model(x); model.forget(); two = {NOISY}{BOTH}",
        # Pieces of one sequence.
        f"one = model(x[:, :3]); two = model(x[:, 3:]){BOTH}",
        # Other samples, which may well come behind.
        f"one = model(x); two = model(data[:5]){BOTH}",
        # Only what the first call has left is used.
        "model(x); loss = F.cross_entropy(model(x), y)",
        # What the first call has said is read by the second one.
        f"one = model(x); two = model(x + one.mean()){BOTH}",
        # It is known of, and cut off.
        "one = model(x); model.leaky.charge = model.leaky.charge.detach(); two = model(x)" + BOTH,
    ],
)
def test_a_state_that_may_go_on(calls):
    assert found(calls) == []


def test_a_state_that_is_never_reset_is_another_question():
    walk = "model.leaky.charge = model.leaky.charge.detach()"
    assert all("this call" not in row for _, rows in found(TWICE, after=walk) for row in rows)


def test_steps_by_hand_go_on_in_a_layer_that_takes_one():
    layer = "nn.Sequential(nn.Linear(4, 7), Leaky(), nn.Linear(7, 3))"
    body = MODEL.replace("{model}()", layer).replace("{after}", "model[1].charge = None")
    assert audited(body.replace("{calls}", f"x = x[:, 0]; one = model(x); two = model(x){BOTH}"), "") == []
