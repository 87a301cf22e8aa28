"""Targets with their first token, where the model read the same sequence without its last one."""

import pytest
from mended import mended, printed

PROGRAM = """
    model = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 9))


    def criterion(scores, wanted):
        rows = scores.reshape(-1, scores.size(-1))
        {asked}
        return F.cross_entropy(rows, labels)


    words = torch.randint(0, 9, (4, 7))
    scores = model(words[:, :-1])
    loss = criterion(scores, {given})
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    "asked",
    ["labels = wanted.reshape(-1)", "labels = wanted.flatten().long()", "labels = wanted.contiguous().view(-1)"],
)
def test_a_target_that_is_flattened_in_a_function_of_its_own(asked):
    found = mended(PROGRAM.format(asked=asked, given="words"))
    assert found.changed == ["loss = criterion(scores, words[:, 1:])"]
    asked = asked.replace("view", "reshape")
    assert found.output == printed(PROGRAM.format(asked=asked, given="words[:, 1:]"))
    assert not found.doubts


CUT_INSIDE = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.head = nn.Embedding(9, 8), nn.Linear(8, 9)

        def forward(self, first, text):
            return self.head(self.embed(text[:, :-1]) + first[:, None])


    def step(model, first, words):
        scores = model(first, words)
        return F.cross_entropy(scores.reshape(-1, 9), {labels})


    print(round(step(Model(), torch.randn(4, 8), torch.randint(0, 9, (4, 7))).item(), 4))
"""


@pytest.mark.parametrize("labels", ["words.reshape(-1)", "words.flatten()"])
def test_a_model_that_cuts_what_it_is_given_under_another_name(labels):
    found = mended(CUT_INSIDE.format(labels=labels))
    right = labels.replace("words", "words[:, 1:]")
    assert found.changed == [f"return F.cross_entropy(scores.reshape(-1, 9), {right})"]
    assert found.output == printed(CUT_INSIDE.format(labels=right))


@pytest.mark.parametrize("asked", ["len(kinds)", "max(kinds, key=len)", "torch.is_tensor(kinds)"])
def test_labels_of_their_own_that_another_function_is_given_are_not_cut(asked):
    program = f"""
    class Labeller(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.out = nn.Embedding(20, 6), nn.Linear(6, 4)

        def forward(self, tokens):
            return self.out(self.table(tokens[:, :-1]))

    net = Labeller()
    tokens, kinds = torch.randint(0, 20, (3, 8)), torch.randint(0, 4, (3, 8))
    known = {asked}
    scores = net(tokens)
    print(F.cross_entropy(scores.reshape(-1, 4), kinds.reshape(-1)).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("kinds[:, 1:]" in fix.title for fix in fixes)


def test_what_a_function_cuts_that_did_not_make_the_scores_leaves_a_doubt():
    program = """
    class Labeller(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.out = nn.Embedding(20, 6), nn.Linear(6, 4)

        def forward(self, tokens):
            return self.out(self.table(tokens[:, :-1]))

    def most(labels):
        return labels[:, :-1].max()

    net, tokens, kinds = Labeller(), torch.randint(0, 20, (3, 8)), torch.randint(0, 4, (3, 8))
    top = most(kinds)
    scores = net(tokens)
    print(F.cross_entropy(scores.reshape(-1, 4), kinds.reshape(-1)).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "kinds[:, 1:]" in fix.title)


LOOP = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.head = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)
            {more}

        def forward(self, text):
            return self.head(self.rnn(self.embed(text){fed})[0])


    words, model = torch.randint(0, 9, (4, 7)), Words()
    scores = model(words){cut}
    print(round(F.cross_entropy(scores.reshape(-1, 9), words.reshape(-1)).item(), 4))
"""


@pytest.mark.parametrize(
    ("parts", "doubt"),
    [
        # Each score would name the word that was just read.
        ({"more": "pass", "fed": "", "cut": "[:, 1:]"}, "the last score may have been meant to go"),
        # A first step that nobody reads may have been meant to stand in front.
        (
            {"more": "self.start = nn.Parameter(torch.zeros(1, 1, 8))", "fed": "[:, :-1]", "cut": ""},
            "may have been meant to stand in front",
        ),
        ({"more": "pass", "fed": "[:, :-1]", "cut": ""}, ""),
    ],
)
def test_what_the_first_words_are_for_may_be_in_doubt(parts, doubt):
    found = mended(LOOP.format(**parts))
    assert "words[:, 1:]" in found.changed[0]
    assert [doubt in each for each in found.doubts] == [True] * bool(doubt)


BACKWARDS = """
    words = torch.randint(0, 9, (4, 7))
    embed, rnn, other, head = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.GRU(8, 8), nn.LazyLinear(9)
    x = embed(words)
    read = {read}
    scores = head(read)[:, 1:]
    print(round(F.cross_entropy(scores.reshape(-1, 9), {asked}.reshape(-1)).item(), 4))
"""


def test_what_is_read_from_the_last_word_on_foretells_the_one_before():
    found = mended(BACKWARDS.format(read="rnn(x.flip(1))[0].flip(1)", asked="words"))
    assert found.output == printed(BACKWARDS.format(read="rnn(x.flip(1))[0].flip(1)", asked="words[:, :-1]"))
    assert not found.doubts


@pytest.mark.parametrize(
    "read", ["torch.cat([rnn(x)[0], other(x.flip(1))[0].flip(1)], -1)", "rnn(x.flip(0))[0].flip(dims=[0])"]
)
def test_what_else_is_turned_round_does_not_read_backwards(read):
    found = mended(BACKWARDS.format(read=read, asked="words"), most=1)
    assert not any("[:, :-1]" in fix.title for fix in found.diagnoses[0].fixes if not fix.doubt)
