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
