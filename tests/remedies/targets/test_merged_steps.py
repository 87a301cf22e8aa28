"""Steps merged on one side are merged on the other in the same order, sample by sample or step by step."""

import pytest
from mended import mended, printed

TAGGER = """
    class Tagger(nn.Module):
        def __init__(self, outputs):
            super().__init__()
            self.rnn, self.top = nn.LSTM(3, 6{made}), nn.Linear(6, outputs)

        def forward(self, x):
            out, _ = self.rnn({given})
            return {returned}

    x = torch.randn(4, 7, 3)
    model = Tagger({outputs})
    {rest}
"""
BATCH_FIRST = {"made": ", batch_first=True", "given": "x"}
TIME_FIRST = {"made": "", "given": "x.transpose(0, 1)"}
ROWS = "self.top(out.reshape(-1, 6))"
BACK = "self.top(out.transpose(0, 1).reshape(-1, 6))"
LABELS = "print(round(F.cross_entropy(model(x), (x[..., 0] > 0).long(){merged}).item(), 4))"
NUMBERS = "print(round(F.mse_loss(model(x), x[..., {columns}]{merged}).item(), 4))"
GUESSED = "print(int((model(x).argmax(1) == (x[..., 0] > 0).long(){merged}).sum()))"


@pytest.mark.parametrize(
    ("layout", "returned", "turned"),
    [(BATCH_FIRST, ROWS, False), (TIME_FIRST, ROWS, True), (TIME_FIRST, BACK, False), (BATCH_FIRST, BACK, True)],
)
@pytest.mark.parametrize(
    ("rest", "outputs", "columns", "merged"),
    [
        (LABELS, 5, "", ".flatten()"),
        (GUESSED, 2, "", ".flatten()"),
        (NUMBERS, 2, ":2", ".flatten(0, 1)"),
        (NUMBERS, 1, "0", ".reshape(-1, 1)"),
    ],
)
def test_the_order_of_the_rows_is_that_of_the_layer(layout, returned, turned, rest, outputs, columns, merged):
    def program(made):
        last = rest.format(merged=made, columns=columns)
        return TAGGER.format(**layout, returned=returned, outputs=outputs, rest=last)

    found = mended(program(""))
    right = program((".transpose(0, 1)" if turned else "") + merged)
    assert found.output == printed(right)
    assert found.output != printed(program(("" if turned else ".transpose(0, 1)") + merged))
    assert not found.doubts


@pytest.mark.parametrize(("layout", "turn"), [(BATCH_FIRST, ""), (TIME_FIRST, ".transpose(0, 1)")])
@pytest.mark.parametrize("loss", ["cross_entropy", "mse_loss"])
def test_scores_are_merged_as_the_targets_were(layout, turn, loss):
    target = {"cross_entropy": "(x[..., 0] > 0).long()", "mse_loss": "x[..., :2]"}[loss]
    merged = {"cross_entropy": "y.reshape(-1)", "mse_loss": "y.reshape(-1, 2)"}[loss]
    rest = f"y = {target}; print(round(F.{loss}(model(x){{}}, {merged}).item(), 4))"
    parts = {**layout, "returned": "self.top(out)", "outputs": 2}
    found = mended(TAGGER.format(**parts, rest=rest.format("")))
    assert found.output == printed(TAGGER.format(**parts, rest=rest.format(f"{turn}.flatten(0, 1)")))
    assert not found.doubts


@pytest.mark.parametrize(
    ("turned", "is_known"),
    [
        ("torch.relu(out.transpose(0, 1))", True),
        ("out.swapdims(0, 1)", True),
        ("torch.transpose(out, 0, 1).contiguous()", True),
        ("torch.stack(list(out), 1)", False),
        ("out.transpose(0, 1) + 1", False),
    ],
)
@pytest.mark.parametrize(("rest", "merged"), [(LABELS, ".flatten()"), (NUMBERS, ".flatten(0, 1)")])
def test_an_exchange_on_the_way_to_the_merge_is_seen_or_leaves_a_doubt(turned, is_known, rest, merged):
    def program(made):
        text = TAGGER.format(**TIME_FIRST, returned=ROWS, outputs=2, rest=rest.format(merged=made, columns=":2"))
        return text.replace("            return", f"            out = {turned}\n            return")

    found = mended(program(""))
    assert found.output == printed(program(merged))
    assert found.output != printed(program(".transpose(0, 1)" + merged))
    assert bool(found.doubts) is not is_known


def test_a_name_of_the_script_says_nothing_of_the_same_name_in_the_model():
    def program(made):
        text = TAGGER.format(**TIME_FIRST, returned=ROWS, outputs=2, rest=NUMBERS.format(merged=made, columns=":2"))
        return text.replace("out.reshape", "x.reshape").replace(
            "            return", "            x = out\n            return"
        )

    found = mended(program(""))
    assert found.output == printed(program(".transpose(0, 1).flatten(0, 1)"))
    assert found.output != printed(program(".flatten(0, 1)"))
    assert not found.doubts


STREAM = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.top = nn.Embedding(11, 5), nn.Linear(6, 11)
            self.rnn = nn.GRU(5, 6, batch_first=True)

        def forward(self, ids):
            return self.top(self.rnn(self.table(ids))[0])

    def ahead(ids):
        return ids[1:].reshape(-1)

    stream, model = torch.randint(11, (9, 3)), Words()
    target = {target}
    print(round(F.cross_entropy(model(stream[:8].t()){merged}, target).item(), 4))
"""


@pytest.mark.parametrize(
    ("target", "merged"),
    [
        ("stream[1:].reshape(-1)", ".transpose(0, 1).flatten(0, 1)"),
        ("stream[1:9].t().reshape(-1)", ".flatten(0, 1)"),
        ("torch.transpose(stream[1:9], 0, 1).reshape(-1)", ".flatten(0, 1)"),
    ],
)
def test_a_part_of_the_stream_tells_how_its_targets_were_merged(target, merged):
    found = mended(STREAM.format(target=target, merged=""))
    assert found.output == printed(STREAM.format(target=target, merged=merged))
    assert not found.doubts


def test_targets_that_a_function_merges_leave_a_doubt_where_steps_are_turned():
    found = mended(STREAM.format(target="ahead(stream)", merged=""), most=1)
    assert found.changed == ["print(round(F.cross_entropy(model(stream[:8].t()).flatten(0, 1), target).item(), 4))"]
    assert found.doubts == [
        "in which order the steps of the samples were merged is not known, and that order is to be kept"
    ]


@pytest.mark.parametrize(
    ("made", "is_sure"),
    [
        ("torch.stack(outs)", False),
        ("torch.stack(outs, dim=1)", True),
        ("pad_packed_sequence(self.rnn(pack_padded_sequence(x, [7] * 4, batch_first=True))[0])[0]", False),
    ],
)
def test_steps_that_are_laid_in_front_leave_a_doubt(made, is_sure):
    program = f"""
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.top = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 2)

            def forward(self, x):
                outs = [self.rnn(x[:, step : step + 1])[0][:, 0] for step in range(7)]
                out = {made}
                return self.top(out.reshape(-1, 6))

        x = torch.randn(4, 7, 3)
        print(F.cross_entropy(Tagger()(x), (x[..., 0] > 0).long()).item())
    """
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert bool(found.doubts) is not is_sure


@pytest.mark.parametrize(("unread", "is_sure"), [("ids.float() @ ids.float().t()", True), ("ids.t()", False)])
def test_a_turned_factor_of_a_product_tells_nothing_of_the_steps(unread, is_sure):
    program = f"""
        class Words(nn.Module):
            def __init__(self):
                super().__init__()
                self.table, self.top = nn.Embedding(9, 5), nn.Linear(5, 9)

            def forward(self, ids):
                return self.top(self.table(ids))

        ids, labels = torch.randint(9, (3, 7)), torch.randint(9, (3, 7))
        labels = labels.view(-1)
        unread = {unread}
        print(F.cross_entropy(Words()(ids), labels).item())
    """
    found = mended(program, most=1)
    assert ".flatten(0, 1), labels" in found.text
    assert bool(found.doubts) is not is_sure


def test_as_many_samples_as_steps_leave_a_doubt():
    program = TAGGER.replace("4, 7", "5, 5").format(
        **TIME_FIRST, returned=ROWS, outputs=2, rest=NUMBERS.format(columns=":2", merged="")
    )
    found = mended(program)
    assert found.changed == ["print(round(F.mse_loss(model(x), x[..., :2].flatten(0, 1)).item(), 4))"]
    assert found.doubts == [
        "in which order the steps of the samples were merged is not known, and that order is to be kept"
    ]


def test_an_order_that_nothing_tells_leaves_a_doubt():
    program = """
        weight = torch.randn(3, 2)
        x = torch.randn(4, 7, 3)
        rows = torch.stack([each @ weight for each in x]).reshape(-1, 2)
        print(F.l1_loss(rows, x[..., :2]).item())
    """
    found = mended(program)
    assert found.changed == ["print(F.l1_loss(rows, x[..., :2].flatten(0, 1)).item())"]
    assert found.doubts == [
        "in which order the steps of the samples were merged is not known, and that order is to be kept"
    ]


def test_other_numbers_of_rows_are_not_merged():
    program = TAGGER.format(**BATCH_FIRST, returned=ROWS, outputs=2, rest="print(F.mse_loss(model(x), x[:, 1:, :2]))")
    assert "x[:, 1:, :2].flatten" not in mended(program, most=1).text


@pytest.mark.parametrize(
    ("steps", "is_sure"),
    [
        ("nn.GRU(3, 5)(pack_padded_sequence(x, [6, 6], batch_first=True))[0].data", False),
        ("nn.GRU(3, 5, batch_first=True)(x)[0].reshape(-1, 5)", True),
    ],
)
def test_packed_steps_that_are_not_padded_again_are_in_doubt(steps, is_sure):
    program = f"""
    from torch.nn.utils.rnn import {"pack_padded_sequence" if "pack" in steps else "pad_sequence"}

    x, y = torch.rand(2, 6, 3), torch.randint(0, 5, (2, 6))
    print(F.cross_entropy({steps}, y).shape)
    """
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert bool(found.doubts) is not is_sure
