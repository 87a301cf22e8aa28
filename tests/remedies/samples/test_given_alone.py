"""One sample alone where a batch is read, and batches of one that a loader puts into a batch of its own."""

import pytest
from mended import mended, printed

ALONE = """
    net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    {training}
    row = torch.randn(5)
    scores = net({given})
    _, best = torch.max(scores, {axis})
    {then}
    print(best.flatten()[0].item())
"""
TRAINED = "loss = F.cross_entropy(net(torch.randn(4, 5)), torch.tensor([0, 2, 1, 1]))"
SHARE = "share = torch.softmax(scores, dim=1)[0][best.item()]"


@pytest.mark.parametrize(
    ("training", "axis", "then"), [(TRAINED, "dim=1", SHARE), (TRAINED, "1", "pass"), ("pass", "dim=1", SHARE)]
)
def test_a_single_sample_gets_the_axis_of_samples(training, axis, then):
    found = mended(ALONE.format(training=training, axis=axis, then=then, given="row"), most=1)
    right = ALONE.format(training=training, axis=axis, then=then, given="row.unsqueeze(0)")
    assert found.diagnoses[0].slug == "missing_batch_axis"
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(("training", "axis"), [("pass", "1"), (TRAINED, "2"), ("net = lambda x: x * 2", "1")])
def test_another_axis_may_be_meant(training, axis):
    found = mended(ALONE.format(training=training, axis=axis, then="pass", given="row"), most=1)
    fixes = [fix for fix in found.diagnoses[0].fixes if fix.title == "row.unsqueeze(0)"]
    assert all(fix.doubt for fix in fixes)


TOKENS = """
    def tokenizer(texts, longest=6):
        rows = [[ord(c) % 20 for c in text][:longest] for text in texts]
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        return {{"input_ids": ids, "mask": ids != 0}}

    class Texts(torch.utils.data.Dataset):
        def __init__(self, texts):
            self.texts = texts

        def __len__(self):
            return len(self.texts)

        def __getitem__(self, at):
            given = tokenizer({texts})
            return {sample}

    emb, body = nn.Embedding(20, 4), {body}
    for batch in torch.utils.data.DataLoader(Texts(["good film", "bad", "so so"]), batch_size=2):
        out = body(emb(batch["input_ids"]))
        print((out[0] if isinstance(out, tuple) else out).sum().item())
"""
ALL = "{{key: value{} for key, value in given.items()}}"
ONE = '{{"input_ids": given["input_ids"]{}, "at": at}}'
LAYER, RNN = "nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True)", "nn.GRU(4, 5, batch_first=True)"


@pytest.mark.parametrize(("sample", "body"), [(ALL, LAYER), (ONE, LAYER), (ALL, RNN)])
def test_a_sample_is_no_batch_of_one(sample, body):
    found = mended(TOKENS.format(texts="[self.texts[at]]", sample=sample.format(""), body=body), most=1)
    right = TOKENS.format(texts="[self.texts[at]]", sample=sample.format(".squeeze(0)"), body=body)
    assert found.output == printed(right)
    assert not found.doubts


def test_several_texts_a_sample_stay():
    found = mended(TOKENS.format(texts='[self.texts[at], "no"]', sample=ALL.format(""), body=LAYER), most=1)
    assert not any("squeeze(0)" in fix.title for each in found.diagnoses for fix in each.fixes)


CHAIN = """
    table, ids = torch.randn(4, 9).log_softmax(1), torch.randint(0, 9, (3, 5))
    alpha = table[:, ids[:, 0]]{first}
    for t in range(1, 5):
        alpha = {sum}
    print(alpha.sum().item())
"""


@pytest.mark.parametrize("first", [".t()", ".T", ".transpose(0, 1)"])
@pytest.mark.parametrize("order", ["alpha * 2 + {}", "{} + alpha"])
def test_a_part_is_turned_as_the_first_one(first, order):
    found = mended(CHAIN.format(first=first, sum=order.format("table[:, ids[:, t]]")), most=1)
    assert found.output == printed(CHAIN.format(first=first, sum=order.format("table[:, ids[:, t]].t()")))
    assert not found.doubts


def test_a_part_of_another_tensor_is_not_turned_as_this_one():
    found = mended(CHAIN.format(first=".t()", sum="alpha + (table * 2)[:, ids[:, t]]"), most=1)
    assert not any(fix.title == "(table * 2)[:, ids[:, t]].t()" and fix.cost < 0.1 for fix in found.diagnoses[0].fixes)
