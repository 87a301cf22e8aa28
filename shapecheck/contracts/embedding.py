"""nn.Embedding: takes one row of its table for each index."""

from __future__ import annotations

from shapecheck.contract import Contract, Form
from shapecheck.contracts import _tables
from shapecheck.contracts._rules import device_of_parameters, dtype_among

CONTRACT = Contract(
    name="Embedding",
    types=("torch.nn.modules.sparse.Embedding",),
    reads=("num_embeddings", "embedding_dim", "weight.shape"),
    arguments=("input",),
    returns=("output",),
    letters=_tables.LETTERS,
    bind=_tables.bind("Embedding"),
    forms=(Form("indices of any shape", lambda call: True, {"input": "..."}, {"output": "... H"}),),
    reasons={"type": "an Embedding takes one tensor of indices"},
    dtypes=_tables.dtype_of_table,
    looks={"input": ("min", "max")},
    rules=(
        dtype_among("input", _tables.INDEX_DTYPES, _tables.INDEX_REASON),
        _tables.IN_RANGE,
        device_of_parameters("input"),
    ),
    teaching={"H": "embedding_dim"},
    about="Each index is replaced by a row of the table, so one axis more comes out than went in.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html",
)
