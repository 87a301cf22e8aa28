"""What Embedding and EmbeddingBag share: a table of rows that are taken by index."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.contract import Call, Config
from shapecheck.contracts._rules import indices_below
from shapecheck.dims import Bindings

INDEX_DTYPES = ("int64", "int32")
LETTERS = {
    "V": "num_embeddings: how many rows the table has",
    "H": "embedding_dim: how many numbers each row has",
}
INDEX_REASON = (
    "an index says which row of the table to take, so it is a whole number; one-hot or measured values are multiplied "
    "with weights instead, which is what a Linear does"
)
IN_RANGE = indices_below(
    "input",
    lambda call: rows_and_width(call.config)[0],
    "the table has num_embeddings rows, counted from 0, and an index beyond them names no row",
)


def rows_and_width(config: Config) -> tuple[int, int]:
    """How many rows the table has and how wide they are: by its weight, which may be tied, not by the attributes."""
    rows, width = _pair(config.get("weight.shape", (config["num_embeddings"], config["embedding_dim"])))
    return rows, width


def bind(name: str) -> Callable[[Config], Bindings]:
    """The sizes of the table of the layer ``name``."""

    def sizes(config: Config) -> Bindings:
        rows, width = rows_and_width(config)
        bindings = Bindings().bind("V", rows, by=f"num_embeddings={rows} of the {name}")
        return bindings.bind("H", width, by=f"embedding_dim={width} of the {name}")

    return sizes


def dtype_of_table(call: Call) -> dict[str, str]:
    """What comes back are rows of the table, in its dtype."""
    return {"output": str(call.config["dtype"])} if "dtype" in call.config else {}


def _pair(value: object) -> tuple[int, int]:
    assert isinstance(value, tuple)
    first, second = value
    assert isinstance(first, int)
    assert isinstance(second, int)
    return first, second
