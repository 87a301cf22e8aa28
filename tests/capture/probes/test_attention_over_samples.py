"""Attention over the samples of a batch: meant beside one over the positions, and not where it stands alone."""

import pytest
from programs import slugs

TABLE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(1, 12)
        self.columns, self.rows = {layer}, {layer}
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        h = self.up(x[..., None])
        {columns}
        turned = h.transpose(0, 1)
        {rows}
        return self.head(turned.transpose(0, 1).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
data, labels = torch.randn(40, 7), torch.randint(0, 3, (40,))
batches = [(data[rows], labels[rows]) for rows in torch.randperm(40).split(10)]
"""
ATTENTION = {
    "layer": "nn.MultiheadAttention(12, 2, batch_first=True)",
    "columns": "h = h + self.columns(h, h, h)[0]",
    "rows": "turned = turned + self.rows(turned, turned, turned)[0]",
}
ENCODER = {
    "layer": "nn.TransformerEncoderLayer(12, 2, 24, 0.0, batch_first=True)",
    "columns": "h = self.columns(h)",
    "rows": "turned = self.rows(turned)",
}


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
def test_one_of_two_goes_along_the_samples_where_the_other_has_kept_them_apart(how):
    assert slugs(TABLE.format(**how)) == []


BODY = TABLE[TABLE.index("        {columns}") : TABLE.index("        return")]
ROWS_FIRST = TABLE.replace(
    BODY,
    """\
        turned = h.transpose(0, 1)
        {rows}
        h = turned.transpose(0, 1)
        {columns}
""",
).replace("turned.transpose(0, 1).mean", "h.mean")
BOTH_TURNED = ROWS_FIRST.replace(
    "        {columns}\n",
    """\
        turned = h.transpose(0, 1)
        turned = turned + self.columns(turned, turned, turned)[0]
        h = turned.transpose(0, 1)
""",
)


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
@pytest.mark.parametrize("positions", [7, 10])
def test_one_of_two_goes_along_the_samples_before_the_other_keeps_them_apart(how, positions):
    assert slugs(ROWS_FIRST.format(**how).replace("(40, 7)", f"(40, {positions})")) == []


@pytest.mark.parametrize("positions", [7, 10])
def test_two_that_are_both_turned_are_told(positions):
    program = BOTH_TURNED.format(**ATTENTION).replace("(40, 7)", f"(40, {positions})")
    assert set(slugs(program)) == {"attention_along_batch"}


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
def test_one_that_stands_alone_is_told(how):
    assert slugs(TABLE.format(**{**how, "columns": "h = h.relu()"})) == ["attention_along_batch"]


def test_one_behind_an_encoder_of_another_kind_is_told():
    program = TABLE.format(**{**ATTENTION, "columns": ENCODER["columns"]})
    program = program.replace("self.columns, self.rows = ", f"self.columns, self.rows = {ENCODER['layer']}, ", 1)
    program = program.replace(f"{ATTENTION['layer']}, {ATTENTION['layer']}", ATTENTION["layer"])
    assert slugs(program) == ["attention_along_batch"]


@pytest.mark.parametrize("layer", ["nn.MultiheadAttention(12, 2{})", "nn.TransformerEncoderLayer(12, 2, 24, 0.0{})"])
def test_one_that_was_not_told_that_the_samples_come_first_is_told_beside_one_that_was(layer):
    is_plain = "Multihead" in layer
    program = TABLE.format(**(ATTENTION if is_plain else ENCODER))
    made = ATTENTION["layer"] if is_plain else ENCODER["layer"]
    program = program.replace(f"{made}, {made}", f"{made}, {layer.format('')}")
    program = program.replace("turned = h.transpose(0, 1)", "turned = h").replace(
        "turned.transpose(0, 1).mean", "turned.mean"
    )
    assert slugs(program) == ["attention_along_batch"]


def test_one_that_was_not_told_is_told_where_only_the_other_s_axes_are_turned():
    plain = "nn.MultiheadAttention(12, 2)"
    how = {**ATTENTION, "layer": plain, "columns": "pass", "rows": "pass"}
    program = TABLE.format(**how).replace(
        "        pass\n        turned = h.transpose(0, 1)\n        pass\n",
        "        h = h + self.columns(h, h, h)[0]\n        turned = h.transpose(0, 1)\n"
        "        turned = turned + self.rows(turned, turned, turned)[0]\n",
    )
    assert "attention_along_batch" in slugs(program)


FILM = """
class Divided(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.over_frames, self.over_patches = {layer}, {layer}

    def forward(self, x):
        b, t, p, d = x.shape
        {body}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.divided, self.head = nn.Linear(5, 8), Divided(), nn.Linear(8, 3)

    def forward(self, film):
        return self.head(self.divided(self.up(film)))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    film, labels = torch.randn(4, 6, 5), torch.randint(0, 3, (4, 6))
    out = model({given})
    loss = F.cross_entropy(out.reshape(-1, 3), labels.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PATCHES_FIRST = """\
s = x.reshape(b * t, p, d)
        s = s + self.over_patches(s, s, s)[0]
        u = s.reshape(b, t, p, d).transpose(1, 2).reshape(b * p, t, d)
        u = u + self.over_frames(u, u, u)[0]
        return u.reshape(b, p, t, d).transpose(1, 2)"""
NORMALISED = """\
s = self.norm(x.flatten(0, 1))
        s = s + self.over_patches(s, s, s, need_weights=False)[0]
        u = s.view(b, t, p, d).permute(0, 2, 1, 3).flatten(0, 1)
        u = u + self.over_frames(u, u, u, need_weights=False)[0]
        return u.view(b, p, t, d).permute(0, 2, 1, 3)"""
ONE_KIND = "nn.MultiheadAttention(8, 2, batch_first=True)"


@pytest.mark.parametrize("body", [PATCHES_FIRST, NORMALISED])
@pytest.mark.parametrize("given", ["film[None]", "film.unsqueeze(0)"])
def test_one_film_at_a_time_is_looked_at_along_both_of_its_axes(body, given):
    assert slugs(FILM.format(layer=ONE_KIND, body=body, given=given), "") == []


def test_several_films_at_a_time_whose_layers_were_not_told_that_they_come_first():
    program = FILM.format(layer="nn.MultiheadAttention(8, 2)", body=PATCHES_FIRST, given="film")
    program = program.replace("torch.randn(4, 6, 5)", "torch.randn(3, 4, 6, 5)").replace("(4, 6))", "(3, 4, 6))")
    assert slugs(program, "") == ["attention_along_batch"]
