"""Targets lose their first step where a loop, or what it calls, foretells each step but that one."""

import pytest
from mended import mended, printed

BY_STEPS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.cell, self.out = nn.Embedding(11, 4), nn.GRUCell(4, 6), nn.Linear(6, 11)

        def forward(self, state, notes):
            scores = []
            {loop}
            return torch.stack(scores, {axis})


    net, notes = Net(), torch.arange(35).view(5, 7) % 11
    scores = net(torch.zeros(5, 6), notes)
    print(round(F.cross_entropy({loss}).item(), 4))
"""
ROUND = "state = self.cell({0}, state); scores.append(self.out(state))"
LOOPS = (
    "for at in range(notes.size(1) - 1): " + ROUND.format("self.table(notes[:, at])"),
    "length = notes.shape[1] - 1\n            for at in range(0, length): "
    + ROUND.format("self.table(notes[:, at : at + 1]).squeeze(1)"),
    "seen = self.table(notes)\n            for at in range(seen.size(1) - 1): " + ROUND.format("seen[:, at]"),
    "note = notes[:, 0]\n            for at in range(1, notes.size(1)): "
    + ROUND.format("self.table(note)")
    + "; note = notes[:, at]",
    "for at in range(1, notes.size(1)): " + ROUND.format("self.table(notes[:, at - 1])"),
    "rest = list(notes.t()); rest.pop()\n            for note in rest: " + ROUND.format("self.table(note)"),
)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("axis", "loss"),
    [
        (1, "scores.view(-1, 11), {}.reshape(-1)"),
        (1, "scores.flatten(0, 1), {}.flatten()"),
        (1, "scores.transpose(1, 2), {}"),
        (2, "scores, {}"),
    ],
)
def test_what_reads_all_but_the_last_step_foretells_all_but_the_first(loop, axis, loss):
    found = mended(BY_STEPS.format(loop=loop, axis=axis, loss=loss.format("notes")))
    assert found.output == printed(BY_STEPS.format(loop=loop, axis=axis, loss=loss.format("notes[:, 1:]")))
    assert not found.doubts


def test_scores_that_lie_the_other_way_are_in_doubt():
    found = mended(BY_STEPS.format(loop=LOOPS[0], axis=0, loss="scores.view(-1, 11), notes.reshape(-1)"), most=1)
    assert all(fix.doubt for each in found.diagnoses for fix in each.fixes if "notes[:, 1:]" in fix.title)


TIME_FIRST = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(11, 4), nn.GRU(4, 6), nn.Linear(6, 11)

        def forward(self, token, state):
            steps, state = self.rnn(self.table(token)[None], state)
            return self.out(steps[0]), state


    class Both(nn.Module):
        def __init__(self, decoder):
            super().__init__()
            self.decoder = decoder

        def forward(self, state, said):
            {body}


    def step(model, state, said):
        guesses = model(state, said=said)
        {asked}
        return F.cross_entropy(guesses{cut}.reshape(-1, 11), wanted)


    print(round(step(Both(Decoder()), torch.zeros(1, 5, 6), torch.arange(35).view(7, 5) % 11).item(), 4))
"""
APPENDED = """found, token = [], said[0, :]
            for at in range(1, len(said)):
                one, state = self.decoder(token, state)
                found.append(one)
                token = said[at]
            return torch.stack(found)"""
FILLED = """found, token = torch.zeros(*said.shape, 11), said[0]
            for at in range(1, said.size(0)):
                found[at], state = self.decoder(token, state)
                token = said[at]
            return found"""


@pytest.mark.parametrize(("body", "cut"), [(APPENDED, ""), (FILLED, "[1:]")])
@pytest.mark.parametrize("asked", ["wanted = {}.reshape(-1)", "said = {}.flatten()\n        wanted = said"])
def test_steps_come_first(body, cut, asked):
    found = mended(TIME_FIRST.format(body=body, cut=cut, asked=asked.format("said")))
    assert found.output == printed(TIME_FIRST.format(body=body, cut=cut, asked=asked.format("said[1:]")))
    assert not found.doubts


def test_what_a_loop_fills_from_the_second_step_on_is_cut_at_its_beginning():
    bad = TIME_FIRST.format(body=FILLED, cut="", asked="wanted = said[1:].reshape(-1)")
    found = mended(bad)
    assert found.output == printed(bad.replace("guesses.reshape", "guesses[1:].reshape"))
    assert not found.doubts


INSIDE = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(11, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 11)

        def forward(self, begun, text):
            steps, _ = self.rnn(self.table(text{read}), begun[None])
            return self.out(steps){given}


    class Pictures(nn.Module):
        def __init__(self):
            super().__init__()
            self.seen, self.words = nn.Linear(8, 6), Words()

        def forward(self, pictures, text):
            return self.words(self.seen(pictures), text)


    model, text, kinds = Pictures(), torch.arange(35).view(5, 7) % 11, torch.arange(35).view(5, 7) % 10
    guesses = model(torch.randn(5, 8), text)
    print(round(F.cross_entropy(guesses.mT, {asked}).item(), 4))
"""


@pytest.mark.parametrize(("read", "given"), [("[:, :-1]", ""), ("", "[:, :-1]"), ("", "[:, :-1, :]")])
def test_a_model_inside_the_model_leaves_the_last_out(read, given):
    found = mended(INSIDE.format(read=read, given=given, asked="text"))
    assert found.output == printed(INSIDE.format(read=read, given=given, asked="text[:, 1:]"))
    assert not found.doubts


def test_labels_of_their_own_are_not_foretold():
    found = mended(INSIDE.format(read="[:, :-1]", given="", asked="kinds"), most=1)
    assert not any("kinds[:, 1:]" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_kernel_of_two_steps_may_leave_out_either_end():
    program = """
    net = nn.Conv1d(5, 5, 2)
    signal = torch.rand(3, 5, 8)
    kinds = signal.argmax(1)
    table = nn.Embedding(5, 5)


    def model(words):
        return net(table(words).mT)


    print(F.cross_entropy(model(kinds), kinds).item())
    """
    fixes = [fix for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert all(fix.doubt for fix in fixes if "kinds[:, 1:]" in fix.title)
