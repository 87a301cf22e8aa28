"""Outputs of packed layers that a loss holds against filler, behind the lengths that they were packed with."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.{layer}(6, 8, batch_first={first}), nn.Linear({width}, {out})

    def forward(self, x):
        packed = pack_padded_sequence(x, lengths, batch_first={first}, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first={first})
        return self.head(out)


def padded(items, value=0):
    return pad_sequence(items, batch_first={first}, padding_value=value)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    lengths = torch.tensor({lengths})
    xs = [torch.randn(int(n), 6) for n in lengths]
    x, y = padded(xs), {targets}
    steps = (torch.arange(int(lengths.max())) < lengths[:, None]){turned}
    out = model(x)
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {"layer": "LSTM", "first": True, "width": 8, "out": 1, "lengths": "[9, 7, 5, 4]", "turned": ""}
SUMS = "padded([x.cumsum(0)[:, :1] for x in xs])"
TAGS = "padded([torch.randint(1, 5, (len(x),)) for x in xs])"
CLASSES = "padded([torch.randint(0, 5, (len(x),)) for x in xs])"
IGNORED = "padded([torch.randint(0, 5, (len(x),)) for x in xs], -100)"
ENDED = "padded([torch.randint(1, 5, (len(x),)).index_fill(0, torch.tensor(len(x) - 1), 0) for x in xs])"
GATES = "padded([(x[:, 0] > 0.5).float().index_fill(0, torch.tensor(len(x) - 1), 1) for x in xs], 1)"
TOLD = ["packed_ends_asked_for"]


def program(targets, loss, **how):
    return PROGRAM.format(targets=targets, loss=loss, **{**PLAIN, **how})


@pytest.mark.parametrize(
    ("targets", "loss", "out"),
    [
        (SUMS, "loss = F.mse_loss(out, y)", 1),
        (SUMS, "loss = nn.L1Loss()(out.squeeze(-1), y.squeeze(-1))", 1),
        (SUMS, "loss = ((out - y) ** 2).mean()", 1),
        ("padded(xs)", "loss = F.smooth_l1_loss(out, y)", 6),
        (CLASSES, "loss = F.cross_entropy(out.transpose(1, 2), y)", 5),
        ("padded([(x[:, 0] > 0).float() for x in xs])", "loss = F.binary_cross_entropy_with_logits(out[..., 0], y)", 1),
    ],
)
def test_steps_that_are_filled_up_on_both_sides(targets, loss, out):
    assert slugs(program(targets, loss, out=out), "") == TOLD


def test_rows_are_put_back_in_the_order_in_which_they_came():
    assert slugs(program(SUMS, "loss = F.mse_loss(out, y)", lengths="[5, 9, 4, 7]"), "") == TOLD
    assert slugs(program(SUMS, "loss = F.mse_loss(out[steps], y[steps])", lengths="[5, 9, 4, 7]"), "") == []


def test_a_label_of_filler_alone_can_be_ignored():
    (found,) = audited(program(TAGS, "loss = F.cross_entropy(out.flatten(0, 1), y.flatten())", out=5), "")
    assert found == ("packed_ends_asked_for", [
        "    loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), ignore_index=0)\n"
    ])  # fmt: skip


@pytest.mark.parametrize("layer", ["GRU", "RNN"])
def test_steps_may_come_first(layer):
    how = {"layer": layer, "first": False, "turned": ".t()"}
    assert slugs(program(SUMS, "loss = F.mse_loss(out, y)", **how), "") == TOLD
    assert slugs(program(SUMS, "loss = F.mse_loss(out[steps], y[steps])", **how), "") == []


@pytest.mark.parametrize(
    ("targets", "loss", "out"),
    [
        (SUMS, "loss = ((out - y) ** 2 * steps[..., None]).sum() / steps.sum()", 1),
        (SUMS, "loss = F.mse_loss(out, y, reduction='none')[steps].mean()", 1),
        (SUMS, "loss = F.mse_loss(out * steps[..., None], y, reduction='sum') / steps.sum()", 1),
        (SUMS, "loss = sum(F.mse_loss(o[:n], t[:n]) for o, t, n in zip(out, y, lengths))", 1),
        (SUMS, "rows = torch.arange(4); loss = F.mse_loss(out[rows, lengths - 1], y[rows, lengths - 1])", 1),
        (TAGS, "loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), ignore_index=0)", 5),
        (TAGS, "loss = F.cross_entropy(out.mT, y, weight=torch.tensor([0.0, 1, 1, 1, 1]))", 5),
        (TAGS, "each = F.cross_entropy(out.mT, y, reduction='none'); loss = (each * (y > 0)).sum(1).mean()", 5),
        (IGNORED, "loss = F.cross_entropy(out.transpose(1, 2), y)", 5),
        # The symbol of the end, which goes on behind it.
        (ENDED, "loss = F.cross_entropy(out.transpose(1, 2), y)", 5),
        # A gate that closes with the last step and stays closed, also where it was closed before.
        (GATES, "loss = F.binary_cross_entropy_with_logits(out[..., 0], y)", 1),
        # What is asked is where the steps are.
        ("padded([torch.ones(len(x)) for x in xs])", "loss = F.binary_cross_entropy_with_logits(out[..., 0], y)", 1),
        # Targets that are there behind the ends as well.
        ("torch.randn(4, 9, 1)", "loss = F.mse_loss(out, y)", 1),
        # A penalty, beside a loss that leaves them out.
        (SUMS, "loss = F.mse_loss(out[steps], y[steps]) + 0.1 * out.square().mean()", 1),
        (SUMS, "loss = F.mse_loss(out[steps], y[steps]) + 0.1 * F.mse_loss(out, torch.zeros_like(out))", 1),
    ],
)
def test_steps_that_are_left_out_or_meant(targets, loss, out):
    assert slugs(program(targets, loss, out=out), "") == []


def test_sequences_that_are_all_as_long():
    assert slugs(program(SUMS, "loss = F.mse_loss(out, y)", lengths="[6, 6, 6, 6]"), "") == []


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("loss = F.binary_cross_entropy_with_logits(out, torch.ones_like(out))", TOLD),
        ("loss = F.binary_cross_entropy_with_logits(out[:, :-1], torch.tensor([1.0]).expand_as(out[:, 1:]))", TOLD),
        ("loss = F.binary_cross_entropy_with_logits(out[steps], torch.ones_like(out[steps]))", []),
        # A penalty draws all to zero, be there anything or not.
        ("loss = F.l1_loss(out[steps], y[steps]) + F.mse_loss(out, torch.zeros_like(out))", []),
    ],
)
def test_one_thing_is_asked_of_all_steps(loss, found):
    assert slugs(program(SUMS, loss), "") == found


def test_a_loss_of_the_next_step_has_one_step_less():
    kept = "[steps[:, 1:]]"
    for mask, found in (("", TOLD), (kept, [])):
        loss = f"loss = F.mse_loss(out[:, :-1]{mask}, x[:, 1:]{mask})"
        assert slugs(program(SUMS, loss, out=6), "") == found


@pytest.mark.parametrize(
    ("pool", "is_told"),
    [
        ("out.max(1).values", True),
        ("F.adaptive_max_pool1d(out.transpose(1, 2), 1).squeeze(-1)", True),
        ("F.dropout(out, 0.1).mean(1)", True),
        ("torch.cat([out.amax(1), out.mean(1)], 1)[:, 4:12]", True),
        # Zeros win over nothing where all else is at least zero.
        ("out.relu().amax(1)", False),
        ("out.masked_fill(~steps[..., None], -9).amax(1)", False),
        ("out.mean(1) * (out.size(1) / lengths)[:, None]", False),
        ("out.sum(1) / lengths[:, None]", False),
    ],
)
def test_what_is_pooled_over_behind_the_ends(pool, is_told):
    asked = PROGRAM.replace("self.head(out)", f"self.head({pool})")
    told = "enforce_sorted=False)\n"
    steps = "        steps = torch.arange(int(lengths.max())) < lengths[:, None]\n"
    asked = asked.replace(told, told + steps)
    targets = "torch.randn(4, 1)"
    how = {**PLAIN, "targets": targets, "loss": "loss = F.mse_loss(out, y)"}
    assert slugs(asked.format(**how), "") == (["padding_pooled"] if is_told else [])
