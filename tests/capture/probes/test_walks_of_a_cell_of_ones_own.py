"""Loops over a cell that the script wrote itself: from sample to sample, and from step to step with time in front."""

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.gate, self.new = nn.Linear(3, 6), nn.Linear(12, 6), nn.Linear(12, 6)
        self.norm, self.out = nn.LayerNorm(6), nn.Linear(6, 1)

    def cell(self, x, h):
        both = torch.cat([{both}], -1)
        share = self.gate(both).sigmoid()
        return self.norm(share * h + (1 - share) * self.new(both).tanh())

    def forward(self, x):
        x = {enter}
        h, outs = torch.zeros({rows}, 6), []
        {loop}
            h = self.cell(step, h)
            outs.append(h)
        return self.out({read}).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
"""
LISTED = "batches = [(torch.randn(5, 8, 3), torch.randn({wanted})) for _ in range(2)]"
LOADED = """
from torch.utils.data import DataLoader, TensorDataset
batches = DataLoader(TensorDataset(torch.randn(20, 8, 3), torch.randn(20)), 5, shuffle=True)
"""
ROWS = "for step in x:"
UNBOUND = "for step in x.unbind({axis}):"
ITEMS = "for t in range(x.size({axis})):\n            step = x[{before}t]"


def program(loop, read, axis=0, batches=LISTED, wanted="5", both="x, h", enter="self.enter(x)"):
    rows = f"x.size({1 - axis})"
    loop = loop.format(axis=axis, before=":, " * axis)
    return PROGRAM.format(loop=loop, read=read, rows=rows, both=both, enter=enter) + batches.format(wanted=wanted)


@pytest.mark.parametrize("loop", [ROWS, UNBOUND, ITEMS], ids=["rows", "unbind", "item"])
@pytest.mark.parametrize("both", ["x, h", "h, x"])
def test_samples_of_which_the_last_step_is_read(loop, both):
    assert slugs(program(loop, "torch.stack(outs)[:, -1]", both=both)) == ["recurrent_along_batch"]


def test_samples_behind_a_turn_of_the_axes():
    turned = "self.enter(x.transpose(0, 1)).tanh()"
    assert slugs(program(UNBOUND, "torch.stack(outs, 1)[-1]", axis=1, enter=turned)) == []
    kept = program(ITEMS, "torch.stack(outs).transpose(0, 1)[-1]", enter="self.enter(x).relu()")
    assert slugs(kept) == ["recurrent_along_batch"]


def test_samples_that_a_loader_has_drawn_and_whose_steps_are_pooled():
    assert slugs(program(ROWS, "torch.stack(outs).mean(1)", batches=LOADED)) == ["recurrent_along_batch"]


@pytest.mark.parametrize(
    ("read", "axis", "wanted"),
    [
        # Samples in front, walked along their steps.
        ("h", 1, "5"),
        ("torch.stack(outs, 1)[:, -1]", 1, "5"),
        ("torch.stack(outs, 1)", 1, "5, 8"),
        # Time in front: the answers are the samples', or those of each step.
        ("torch.stack(outs)[-1]", 0, "8"),
        ("torch.stack(outs)", 0, "5, 8"),
        # One sequence of sets: each step has one answer for all that lies beside it.
        ("torch.stack(outs).mean(1)", 0, "5"),
        ("torch.stack(outs).amax(1)", 0, "5"),
    ],
)
@pytest.mark.parametrize("loop", [UNBOUND, ITEMS], ids=["unbind", "item"])
def test_steps_that_are_walked(loop, read, axis, wanted):
    assert "recurrent_along_batch" not in slugs(program(loop, read, axis, wanted=wanted))


PICKED = """
def picked(n):
    data, wanted = torch.randn({store}, 3), torch.randn({store})
    for i in range(n):
        order = torch.randperm(data.shape[{counted}])
        idx = order[:{count}]
        yield {batch}


batches = picked(3)
criterion = {criterion}
"""
EACH, FLAT = "nn.MSELoss()", "lambda out, y: F.mse_loss(out.reshape(-1), y.reshape(-1))"


def of_picked(batch, *, store="20, 8", counted=0, count=5, criterion=EACH):
    return PICKED.format(store=store, counted=counted, count=count, batch=batch, criterion=criterion)


SAMPLES = "data[idx], wanted[idx]"


@pytest.mark.parametrize("loop", [ROWS, ITEMS], ids=["rows", "item"])
@pytest.mark.parametrize("criterion", [EACH, FLAT], ids=["each", "flat"])
def test_samples_that_were_picked_at_random_and_whose_steps_have_all_an_answer(loop, criterion):
    batches = of_picked(SAMPLES, criterion=criterion)
    assert slugs(program(loop, "torch.stack(outs)", batches=batches)) == ["recurrent_along_batch"]
    assert slugs(program(UNBOUND, "torch.stack(outs, 1)", axis=1, batches=batches)) == []


def test_steps_of_samples_of_a_loader_that_have_all_an_answer_one_behind_the_other():
    loaded = LOADED.replace("torch.randn(20)", "torch.randn(20, 8)") + f"criterion = {FLAT}"
    assert slugs(program(ROWS, "torch.stack(outs)", batches=loaded)) == ["recurrent_along_batch"]
    assert slugs(program(UNBOUND, "torch.stack(outs, 1)", axis=1, batches=loaded)) == []


@pytest.mark.parametrize(
    ("loop", "read", "axis", "batches"),
    [
        # Time in front: the samples are picked along the other axis, or turned there before.
        (ROWS, "torch.stack(outs)", 0, of_picked("data[:, idx], wanted[:, idx]", store="8, 20", counted=1)),
        (ROWS, "torch.stack(outs)", 0, of_picked("data[idx].transpose(0, 1), wanted[idx].t()")),
        # Steps one behind the other, or all of them in an order that is not theirs.
        (ROWS, "torch.stack(outs)", 0, of_picked("data[i * 5:i * 5 + 5], wanted[i * 5:i * 5 + 5]")),
        (ROWS, "torch.stack(outs)", 0, of_picked("data[order], wanted[order]", count=20)),
        # Examples of a task, read one by one: each has one answer, whatever lies beside it.
        (ROWS, "torch.stack(outs).mean(1)", 0, of_picked("data[idx], wanted[idx].mean(1)")),
    ],
)
def test_what_was_picked_and_is_walked_as_it_is_meant(loop, read, axis, batches):
    assert slugs(program(loop, read, axis, batches=batches)) == []


FILM = """
class Cell(nn.Module):
    def __init__(self, batch_first=False):
        super().__init__()
        self.batch_first, self.gate, self.new = batch_first, nn.Linear(5, 2), nn.Linear(5, 2)

    def forward(self, x):
        x = x.transpose(0, 1) if self.batch_first else x
        h, outs = torch.zeros(x.size(1), 2), []
        for t in range(len(x)):
            share = self.gate(torch.cat([x[t], h], -1)).sigmoid()
            h = share * h + (1 - share) * self.new(torch.cat([x[t], h * share], -1)).tanh()
            outs.append(h)
        return torch.stack(outs, {axis})


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = Cell({first}), nn.Linear(2, 3)

    def forward(self, x):
        return self.out(self.cell(x))


model, criterion = Model(), nn.MSELoss()
films = torch.randn(3, {sizes}, 3)
batches = [{pair} for film in films]
"""
ALONG = ("(film[:, :-1], film[:, 1:])", "(film[:-1], film[1:])")


def test_films_that_are_asked_for_their_next_frames():
    assert lines_told(FILM.format(axis=0, first="", sizes="4, 9", pair=ALONG[0])) == [
        "self.cell, self.out = Cell(), nn.Linear(2, 3)"
    ]
    assert slugs(FILM.format(axis=1, first="batch_first=True", sizes="4, 9", pair=ALONG[0])) == []
    assert slugs(FILM.format(axis=0, first="", sizes="9, 4", pair=ALONG[1])) == []


def test_places_that_are_swept_for_each_time_by_itself():
    film = FILM.replace("self.batch_first", "self.is_turned")
    film = film.format(axis=0, first="", sizes="4, 9", pair=ALONG[0])
    assert slugs(film) == ["recurrent_along_batch"]
    assert slugs(film.replace("for t in", "for place in").replace("x[t]", "x[place]")) == []
