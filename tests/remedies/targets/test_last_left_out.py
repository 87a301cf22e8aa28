"""Targets without their first step beside a model, or a pair, that has the whole sequence."""

import pytest
from mended import mended, printed

PROGRAM = """
from functools import partial

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.head = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, words):
        return self.head(self.rnn(self.embed(words))[0])


def step(model, words, criterion):
    scores = model({words})
    wanted = words[:, 1:]
    return criterion(scores.reshape(-1, scores.size(-1)), wanted.reshape(-1))


criterion = {criterion}
print(round(step(Model(), torch.randint(1, 9, (4, 7)), criterion).item(), 4))
"""
PAIRS = """
class Notes(torch.utils.data.Dataset):
    def __init__(self):
        self.rows = torch.randint(0, 9, (8, 7))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        notes = self.rows[at]
        return {given}, notes[1:]


model = nn.Sequential(nn.Embedding(9, 6), nn.Linear(6, 9))
for notes, following in torch.utils.data.DataLoader(Notes(), 4):
    print(round(F.cross_entropy(model(notes).flatten(0, 1), following.flatten()).item(), 4))
"""


@pytest.mark.parametrize(
    "criterion",
    ["nn.CrossEntropyLoss()", "F.cross_entropy", "partial(F.cross_entropy, ignore_index=0)"],
)
def test_the_model_reads_all_but_the_last(criterion):
    program = PROGRAM.format(words="words", criterion=criterion)
    found = mended(program)
    assert found.changed == ["scores = model(words[:, :-1])"]
    assert found.output == printed(PROGRAM.format(words="words[:, :-1]", criterion=criterion))
    assert not found.doubts


def test_a_pair_gives_all_but_the_last():
    found = mended(PAIRS.format(given="notes"))
    assert found.changed == ["return notes[:-1], notes[1:]"]
    assert found.output == printed(PAIRS.format(given="notes[:-1]"))


def test_rows_that_differ_for_another_reason_are_not_cut():
    program = PROGRAM.format(words="words[:, :-3]", criterion="nn.CrossEntropyLoss()")
    titles = [fix.title for found in mended(program, most=1).diagnoses for fix in found.fixes if not fix.doubt]
    assert not any("[:, :-1]" in title for title in titles)


def test_another_function_s_sequence_of_the_same_name_is_left_alone():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(6, 9)

        def forward(self, x):
            return self.head(x)


    def step(model, frames, x):
        scores = model(frames)
        wanted = x[:, 1:]
        return F.cross_entropy(scores.flatten(0, 1), wanted.flatten())


    print(step(Model(), torch.randn(4, 7, 6), torch.randint(0, 9, (4, 7))))
    """
    titles = [fix.title for found in mended(program, most=1).diagnoses for fix in found.fixes if not fix.doubt]
    assert "x[:, :-1]" not in titles


VALID = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.conv = nn.Embedding(9, 6), nn.Conv1d(6, 9, 4, stride={stride})

    def forward(self, words):
        return self.conv(self.embed(words).transpose(1, 2))


words = torch.randint(0, 9, (3, 12))
scores = Model()({read})
wanted = words[:, 1:]
print(F.cross_entropy(scores, wanted{cut}))
"""


def test_the_last_targets_are_those_of_a_layer_that_needs_several_steps_to_begin_with():
    program = VALID.format(stride=1, read="words[:, :-1]", cut="")
    found = mended(program)
    assert found.changed == ["print(F.cross_entropy(scores, wanted[:, -scores.size(2):]))"]
    assert found.output == printed(VALID.format(stride=1, read="words[:, :-1]", cut="[:, 3:]"))
    assert not found.doubts


@pytest.mark.parametrize(("stride", "read"), [(2, "words[:, :-1]"), (1, "words")])
def test_steps_that_a_stride_leaves_out_are_not_the_first_ones(stride, read):
    titles = [
        fix.title
        for found in mended(VALID.format(stride=stride, read=read, cut=""), most=1).diagnoses
        for fix in found.fixes
        if not fix.doubt
    ]
    assert "wanted[:, -scores.size(2):]" not in titles


CAPTIONS = """
class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.head = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, picture, words):
        given = self.embed(words[:, :-1])
        both = torch.cat({both}, dim=1)
        return self.head(self.rnn(both)[0])


def asked_for(words):
    return {asked}.reshape(-1)


words, picture = torch.randint(1, 9, (4, 7)), torch.randn(4, 6)
decoder = Decoder()
scores = decoder(picture, words)
print(round(F.cross_entropy(scores.reshape(-1, 9), asked_for(words)).item(), 4))
"""


@pytest.mark.parametrize("both", ["(picture.unsqueeze(1), given)", "[picture[:, None], given]"])
def test_a_picture_in_front_of_the_words_is_asked_for_the_first_of_them(both):
    found = mended(CAPTIONS.format(both=both, asked="words[:, 1:]"))
    assert found.changed == ["return words.reshape(-1)"]
    assert found.output == printed(CAPTIONS.format(both=both, asked="words"))
    assert not found.doubts


WHOLE_CAPTIONS = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 9)

        def forward(self, picture, said):
            {joined}
            return self.out(self.rnn(seen)[0])


    def step(model, picture, text, others):
        scores = model(picture, text)
        return F.cross_entropy(scores.reshape(-1, 9), {asked}.reshape(-1))


    text, others = torch.arange(35).view(5, 7) % 9, torch.arange(35).view(5, 7) % 8
    print(round(step(Writer(), torch.randn(5, 4), text, others).item(), 4))
"""
JOINED = (
    "seen = torch.cat([picture.unsqueeze(1), self.table(said)], 1)",
    "words = self.table(said)\n            seen = torch.cat((picture[:, None], words), dim=1)",
)


@pytest.mark.parametrize("joined", JOINED)
def test_behind_a_picture_the_last_word_is_not_read(joined):
    bad = WHOLE_CAPTIONS.format(joined=joined, asked="text")
    found = mended(bad)
    assert "self.table(said[:, :-1])" in found.text
    assert found.output == printed(bad.replace("self.table(said)", "self.table(said[:, :-1])"))
    assert not found.doubts


@pytest.mark.parametrize("joined", JOINED)
def test_behind_a_picture_labels_of_their_own_leave_nothing_out(joined):
    found = mended(WHOLE_CAPTIONS.format(joined=joined, asked="others"), most=1)
    assert not any("said[:, :-1]" in fix.title for each in found.diagnoses for fix in each.fixes)
