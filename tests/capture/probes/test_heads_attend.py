"""Heads that are left behind the steps in front of an attention, and parts of a step that look at each other."""

from __future__ import annotations

import pytest
from programs import audited, slugs

ATTENDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.linear = nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(12, 1)
        self.qkv, self.part = nn.Linear(6, 36), nn.Linear(4, 4)
        self.rnn, self.rest = nn.GRU(12, 12, batch_first=True), nn.Linear(12, 12)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = {cut}
        h = {attend}
        return self.linear({join}.mean(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 8, 6), torch.randn(5)) for _ in range(3)]
"""
EACH = "(layer(x).view(b, t, 3, 4) for layer in (self.q, self.k, self.v))"
AT_ONCE = "self.qkv(x).view(b, t, 3, 3, 4).unbind(2)"
CHUNKS = "(item.unflatten(-1, (3, 4)) for item in self.qkv(x).chunk(3, -1))"
FUSED = "F.scaled_dot_product_attention(q, k, v)"
PLAIN = "torch.softmax(q @ k.transpose(-2, -1) / 2, -1) @ v"
JOINED, TURNED = "h.reshape(b, t, 12)", "h.transpose(1, 2).reshape(b, t, 12)"


@pytest.mark.parametrize("attend", [FUSED, PLAIN])
@pytest.mark.parametrize("cut", [EACH, AT_ONCE, CHUNKS])
@pytest.mark.parametrize("join", [JOINED, "h.flatten(2)"])
def test_heads_that_look_at_each_other(cut, attend, join):
    assert slugs(ATTENDED.format(cut=cut, attend=attend, join=join)) == ["attention_between_heads"]


def test_the_edit_turns_what_goes_in_and_what_comes_out():
    ((_, edits),) = audited(ATTENDED.format(cut=EACH, attend=FUSED, join=JOINED))
    turned = ", ".join(f"{name}.transpose(-3, -2)" for name in "qkv")
    assert edits == [f"        h = F.scaled_dot_product_attention({turned}).transpose(-3, -2)\n"]


def test_what_is_turned_behind_is_not_turned_again():
    found = audited(ATTENDED.format(cut=EACH, attend=FUSED, join=TURNED))
    turned = ", ".join(f"{name}.transpose(-3, -2)" for name in "qkv")
    assert ("attention_between_heads", [f"        h = F.scaled_dot_product_attention({turned})\n"]) in found


@pytest.mark.parametrize(
    ("cut", "attend", "join"),
    [
        # The heads are in front of the steps.
        ("(layer(x).view(b, t, 3, 4).transpose(1, 2) for layer in (self.q, self.k, self.v))", FUSED, TURNED),
        ("self.qkv(x).view(b, t, 3, 3, 4).permute(2, 0, 3, 1, 4)", PLAIN, TURNED),
        # Parts that have their own features: a layer reads each by itself, or they look at each other as they are.
        ("(self.part(self.q(x).view(b, t, 3, 4)) for _ in range(3))", FUSED, JOINED),
        ("[self.q(x).view(b, t, 3, 4)] * 3", FUSED, JOINED),
        # The parts go on as parts.
        (EACH, FUSED, "self.part(h).reshape(b, t, 12)"),
        # Another layer brings the steps together.
        (EACH, FUSED, "self.rest(torch.relu(F.scaled_dot_product_attention(*[h.flatten(2)] * 3)))"),
        (EACH, FUSED, "self.rnn(h.flatten(2))[0]"),
        # One step, whose parts are all there is.
        ("(layer(x.mean(1)).view(b, 3, 4) for layer in (self.q, self.k, self.v))", FUSED, "h.reshape(b, 1, 12)"),
    ],
)
def test_parts_that_look_at_each_other_on_purpose(cut, attend, join):
    assert slugs(ATTENDED.format(cut=cut, attend=attend, join=join)) == []


CANDIDATES = ATTENDED.replace("{join}.mean(1)", "{join}").replace("nn.MSELoss()", "nn.CrossEntropyLoss()")
CANDIDATES = CANDIDATES.replace("torch.randn(5)) for", "torch.randint(0, 8, (5,))) for")


def test_candidates_that_are_scored_apart():
    assert slugs(CANDIDATES.format(cut=EACH, attend=FUSED, join=JOINED)) == []
