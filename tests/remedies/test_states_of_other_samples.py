"""Rows of a state that another loop or function has left are cut in doubt alone, and nothing is thrown away."""

import pytest
from mended import mended, printed

HEARING = """
    class Ear(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top = nn.{kind}(3, 6, batch_first=True), nn.Linear(6, 3)

        def forward(self, sound, kept):
            seen, kept = self.rnn(sound, kept)
            return self.top(seen), kept


    def listen(ear, parts, kept):
        for sound in parts:
            heard, kept = ear(sound, kept)
            print(round(heard.sum().item(), 4))
        return kept


    ear = Ear()
"""
DOUBT = "the state may be of other samples: it was left by another loop, function or batch"
OTHER_FUNCTION = """
    kept = None
    for sound in torch.randn(4, 7, 5, 3):
        heard, kept = ear(sound, kept)
    listen(ear, torch.randn(2, 4, 5, 3), kept)
"""
OTHER_LOOP = """
    kept = None
    for sound in torch.randn(4, 7, 5, 3):
        heard, kept = ear(sound, kept)
    for sound in torch.randn(2, 4, 5, 3):
        heard, kept = ear(sound, kept)
"""
NO_LOOP = """
    _, kept = ear(torch.randn(7, 5, 3), None)
    print(ear(torch.randn(4, 2, 3), kept)[0].shape)
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("rest", [OTHER_FUNCTION, OTHER_LOOP, NO_LOOP])
def test_another_loop_function_or_batch(kind, rest):
    found = mended(HEARING.format(kind=kind) + rest, most=1)
    assert any(fix.doubt == DOUBT for fix in found.diagnoses[0].fixes)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if ".contiguous()" in fix.title)


LAST_BATCH = """
    for turn in range(2):
        kept = None
        for sound in torch.randn(18, 5, 3).split(7):
            heard, kept = ear(sound, kept)
            kept = {detached}
            print(round(heard.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "detached"), [("GRU", "kept.detach()"), ("LSTM", "tuple(each.detach() for each in kept)")]
)
def test_the_smaller_last_batch_of_the_same_loop(kind, detached):
    found = mended(HEARING.format(kind=kind) + LAST_BATCH.format(detached=detached), most=1)
    doubts = [fix.doubt for fix in found.diagnoses[0].fixes if ".contiguous()" in fix.title]
    assert doubts
    assert not any(doubts)


SAYING = """
    class Speaker(nn.Module):
        def __init__(self, width=6, mood=2):
            super().__init__()
            self.listen, self.say = nn.GRU(3, width, batch_first=True), nn.GRU(3, width, batch_first=True)
            self.mood = nn.Linear(width, mood)

        def forward(self, heard, said):
            _, hidden = self.listen(heard)
            {mood}
            return self.say(said, {state})[0]


    torch.manual_seed(1)
    print(round(Speaker()(torch.randn(4, 5, 3), torch.randn(4, 2, 3)).sum().item(), 4))
"""


def test_what_a_layer_gave_is_not_thrown_away_without_a_doubt():
    text = SAYING.format(mood="mood = self.mood(hidden)", state="torch.cat([hidden, mood], -1)")
    found = mended(text, most=1)
    fixes = {fix.title: fix.doubt for fix in found.diagnoses[0].fixes}
    assert fixes["hidden"] == "what the script works out for this place would be read nowhere"


@pytest.mark.parametrize(
    "mood", ["mood = hidden.squeeze(0)[:, None]", "mood = self.mood(hidden)\n            print(mood.shape)"]
)
def test_another_form_and_what_is_read_elsewhere_are_not_lost(mood):
    text = SAYING.format(mood=mood, state="mood" if "squeeze" in mood else "torch.cat([hidden, mood], -1)")
    found = mended(text)
    assert not found.doubts
    assert found.output == printed(SAYING.format(mood=mood, state="hidden"))
