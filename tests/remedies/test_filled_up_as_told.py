"""Sequences that could not be stacked, filled up with the number that the script leaves out."""

import pytest
from mended import mended, printed

LOADER = """
    from torch.utils.data import DataLoader

    EMPTY = 7
    torch.manual_seed(5)
    rows = [(torch.randn(3), torch.randint(0, 7, (n,)){cast}) for n in (4, 2, 5, 3)]


    def together(batch):
        return torch.stack([x for x, _ in batch]), {stack}


    lost = nn.CrossEntropyLoss(ignore_index={ignored})
    for x, words in DataLoader(rows, batch_size=4, collate_fn=together):
        scores = x.sum() * torch.arange(9.0).repeat(words.numel(), 1)
        print(words.tolist(), lost(scores, words.flatten().long().clamp(max=8)).item())
"""
PLAIN = "torch.stack([y for _, y in batch])"


def filled(value):
    return f"torch.nn.utils.rnn.pad_sequence([y for _, y in batch], batch_first=True{value})"


@pytest.mark.parametrize(("ignored", "value"), [("EMPTY", "EMPTY"), ("8", "8")])
def test_the_number_that_the_loss_leaves_out(ignored, value):
    found = mended(LOADER.format(stack=PLAIN, ignored=ignored, cast=""))
    right = filled(f", padding_value={value}")
    assert right in found.changed[0]
    assert found.output == printed(LOADER.format(stack=right, ignored=ignored, cast=""))
    assert found.doubts == []


@pytest.mark.parametrize(("ignored", "value"), [("EMPTY", "EMPTY"), ("-5", "-5")])
def test_a_number_below_zero(ignored, value):
    text = LOADER.replace("EMPTY = 7", "EMPTY = -1")
    found = mended(text.format(stack=PLAIN, ignored=ignored, cast=""))
    right = filled(f", padding_value={value}")
    assert right in found.changed[0]
    assert found.output == printed(text.format(stack=right, ignored=ignored, cast=""))
    assert found.doubts == []


def test_zero_needs_no_word():
    found = mended(LOADER.format(stack=PLAIN, ignored="0", cast=""))
    assert filled("") in found.changed[0]
    assert found.doubts == []


def test_measurements_are_filled_up_with_zeros():
    found = mended(LOADER.format(stack=PLAIN, ignored="EMPTY", cast=".float()"))
    assert filled("") in found.changed[0]
    assert found.doubts == []


def test_two_numbers_are_in_doubt():
    text = LOADER.format(stack=PLAIN, ignored="EMPTY", cast="").replace(
        "lost =", "e = nn.Embedding(9, 2, padding_idx=0)\n    lost ="
    )
    text = text.replace("words.flatten().long().clamp(max=8)", "scores.argmax(1)")
    assert mended(text, most=1).doubts == [
        "the loss and the embedding are told different numbers for what was filled up"
    ]


ANSWERS = """
    from torch.utils.data import DataLoader

    NOTHING = -1
    torch.manual_seed(3)
    signs = [torch.randint({least}, 5, (n,)) for n in (4, 2, 5, 3)]
    rows = [(torch.randn(7), each) for each in signs]
    first = signs[0].clone()
    first[1] = {least}
    rows[0] = (rows[0][0], first)


    def together(batch):
        labels = {stack}
        return torch.stack([x for x, _ in batch]), labels


    class Reader(nn.Module):
        def __init__(self, ignored=NOTHING):
            super().__init__()
            self.words = nn.Embedding(5, 4, padding_idx={padding})
            self.top = nn.Linear(7, 30)
            self.lost = nn.CrossEntropyLoss({told})

        def forward(self, x):
            return self.top(x).unflatten(1, (5, 6))


    net = Reader()
    for step, (x, labels) in enumerate(DataLoader(rows, batch_size=4, collate_fn=together)):
        loss = {loss}
        print(step, round(loss.item(), 4))
"""
BARE = "torch.stack([y for _, y in batch])"
CALL = "F.cross_entropy(net(x)[:, :, : labels.size(1)], labels{told})"


@pytest.mark.parametrize(
    ("told", "loss", "value"),
    [
        ("ignore_index=NOTHING", "net.lost(net(x)[:, :, : labels.size(1)], labels)", "NOTHING"),
        ("ignore_index=ignored", "net.lost(net(x)[:, :, : labels.size(1)], labels)", "NOTHING"),
        ("", CALL.format(told=", ignore_index=-1"), "-1"),
        ("", CALL.format(told=", ignore_index=NOTHING"), "NOTHING"),
    ],
)
def test_labels_are_filled_up_with_what_their_loss_leaves_out(told, loss, value):
    text = {"least": 0, "padding": 0, "told": told, "loss": loss}
    found = mended(ANSWERS.format(stack=BARE, **text))
    right = f"torch.nn.utils.rnn.pad_sequence([y for _, y in batch], batch_first=True, padding_value={value})"
    assert right in found.changed[0]
    assert found.output == printed(ANSWERS.format(stack=right, **text))
    assert found.doubts == []


def test_a_class_that_no_loss_leaves_out_is_in_doubt():
    text = {"stack": BARE, "padding": 0, "told": "", "loss": CALL.format(told="")}
    doubt = "the number is a class among the labels, and no loss was told to leave it out"
    assert mended(ANSWERS.format(least=0, **text)).doubts == [doubt]
    assert mended(ANSWERS.format(least=1, **text)).doubts == []


@pytest.mark.parametrize(("told", "value"), [("ignore_index=NOTHING", ", padding_value=NOTHING"), ("", "")])
def test_a_function_that_pads_is_told_what_the_loss_leaves_out(told, value):
    loss = "net.lost(net(x)[:, :, : labels.size(1)], labels)"
    text = ANSWERS.format(least=0, padding=0, told=told, loss=loss, stack=BARE).replace(", collate_fn=together", "")
    found = mended(text)
    assert f"torch.nn.utils.rnn.pad_sequence(ys, batch_first=True{value})" in found.text
    assert bool(found.doubts) is not bool(told)


READINGS = """
    torch.manual_seed(2)
    depths = [torch.randint(-4, 9, (n,)) for n in (3, 6, 4)]
    kinds = [torch.randint(0, 3, (n,)) for n in (3, 6, 4)]
    net = nn.Sequential(nn.Conv1d(1, 5, 3, padding=1), nn.ReLU(), nn.Conv1d(5, 3, 1))
    found = {found}
    wanted = {wanted}
    scores = net(found[:, None].float())
    print(round(F.cross_entropy(scores, {target}wanted, ignore_index=-1).item(), 4))
"""
PADDED = "nn.utils.rnn.pad_sequence({name}, batch_first=True{value})"


def test_what_a_loss_leaves_out_is_no_word_about_the_readings():
    right = PADDED.format(name="kinds", value=", padding_value=-1")
    found = mended(READINGS.format(found="torch.stack(depths)", wanted=right, target=""), most=1)
    assert all("nothing shows" in fix.doubt for fix in found.diagnoses[0].fixes if "pad_sequence" in fix.title)
    assert found.doubts


@pytest.mark.parametrize("target", ["", "target="])
def test_labels_that_are_put_together_beside_their_loss(target):
    readings = PADDED.format(name="depths", value="")
    found = mended(READINGS.format(found=readings, wanted="torch.stack(kinds)", target=target))
    assert "padding_value=-1" in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize(("ignored", "value"), [("-100", "-100"), ("-1", "-1")])
def test_a_loader_of_words_and_their_kinds(ignored, value):
    text = f"""
        torch.manual_seed(2)
        pairs = [(torch.randint(1, 9, (n,)), torch.randint(0, 3, (n,))) for n in (3, 6, 4, 5)]
        words, top = nn.Embedding(9, 6), nn.Linear(6, 3)
        lost = nn.CrossEntropyLoss(ignore_index={ignored})
        for seen, kinds in torch.utils.data.DataLoader(pairs, batch_size=2):
            print(round(lost(top(words(seen)).flatten(0, 1), kinds.flatten()).item(), 4))
    """
    found = mended(text)
    assert f"pad_sequence(ys, batch_first=True, padding_value={value})" in found.text
    assert "pad_sequence(xs, batch_first=True)," in found.text
    assert not found.doubts
