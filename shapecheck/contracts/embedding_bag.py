"""nn.EmbeddingBag: takes rows of its table and sums or averages them, bag by bag."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.contracts import _tables
from shapecheck.contracts._arithmetic import join
from shapecheck.contracts._rules import device_of_parameters
from shapecheck.dims import Bindings
from shapecheck.findings import Violation


def _solve(call: Call, bindings: Bindings) -> Bindings:
    offsets = call.inputs.get("offsets")
    if offsets is None or offsets.ndim != 1:
        return bindings
    count = offsets.shape[0] - bool(call.config.get("include_last_offset"))
    return bindings.bind("B", count, by="offsets") if count >= 0 else bindings


def _dtypes(call: Call) -> Violation | None:
    """Indices and offsets are brought to one dtype, and that must be one for indices."""
    record, offsets = call.inputs["input"], call.inputs.get("offsets")
    dtype = record.dtype if offsets is None or record.ndim != 1 else join(record.dtype, offsets.dtype)
    if dtype in _tables.INDEX_DTYPES:
        return None
    wrong = record if offsets is None or record.dtype == dtype else offsets
    return Violation("dtype", wrong.role, got=wrong.shape, expected_text="int64 or int32", got_text=wrong.dtype)


def _in_range(call: Call) -> Violation | None:
    found = _tables.IN_RANGE.broken(call)
    last = call.values.get("offsets", {}).get("last")
    # What stands behind the last offset belongs to no bag, and torch does not look at it.
    is_behind = bool(call.config.get("include_last_offset")) and last is not None
    return None if found is None else replace(found, torch_accepts=is_behind and last != call.inputs["input"].shape[0])


def _bags(call: Call) -> Violation | None:
    """Offsets cut the row of indices into bags: they begin at 0, go up, and stay within it."""
    offsets, record = call.inputs.get("offsets"), call.inputs["input"]
    if offsets is None or offsets.ndim != 1 or record.ndim != 1:
        return None
    facts, length, last = call.values.get("offsets", {}), record.shape[0], bool(call.config.get("include_last_offset"))
    if last and not offsets.shape[0]:
        return Violation("value", "offsets", got=offsets.shape, expected_text="at least one offset", got_text="none")
    if facts.get("first", 0) != 0:
        return _offsets(offsets.shape, "a first offset of 0", f"{facts['first']:g}")
    if facts.get("last", 0) > length:
        return _offsets(offsets.shape, f"offsets of at most {length}", f"{facts['last']:g}")
    return None


def _inner_bags(call: Call) -> Violation | None:
    offsets, record = call.inputs.get("offsets"), call.inputs["input"]
    facts = call.values.get("offsets", {})
    if offsets is None or not facts or record.ndim != 1:
        return None
    if not facts["is_ascending"]:
        return _offsets(offsets.shape, "ascending offsets", "unsorted ones")
    return None


def _no_bag(call: Call) -> Violation | None:
    offsets, record = call.inputs.get("offsets"), call.inputs["input"]
    if offsets is None or offsets.ndim != 1 or record.ndim != 1:
        return None
    bags = offsets.shape[0] - bool(call.config.get("include_last_offset"))
    return _offsets(offsets.shape, "at least one bag", "none") if bags == 0 and record.shape[0] else None


def _no_offsets(call: Call) -> Violation | None:
    if call.inputs["input"].ndim != 2 or "offsets" not in call.inputs:
        return None
    return Violation("type", "offsets", expected_text="no offsets", got_text="a Tensor")


def _empty_rows(call: Call) -> Violation | None:
    shape = call.inputs["input"].shape
    return Violation("size", "input", got=shape, axes=(1,)) if len(shape) == 2 and shape[1] == 0 else None


def _weights(call: Call) -> Violation | None:
    record, want = call.inputs.get("per_sample_weights"), str(call.config.get("dtype", ""))
    if record is None:
        return None
    if call.config.get("mode") != "sum":
        return Violation("type", record.role, expected_text="mode='sum'", got_text=f"mode={call.config.get('mode')!r}")
    if want and record.dtype != want:
        return Violation("dtype", record.role, got=record.shape, expected_text=want, got_text=record.dtype)
    return None


def _mode(call: Call) -> Violation | None:
    mode = call.config.get("mode")
    if mode not in ("sum", "mean", "max"):
        return Violation("value", "mode", expected_text="'sum', 'mean' or 'max'", got_text=repr(mode))
    broken = [name for name in ("sparse", "scale_grad_by_freq") if mode == "max" and call.config.get(name)]
    return Violation("value", broken[0], expected_text="False with mode='max'", got_text="True") if broken else None


def _offsets(shape: tuple[int, ...], expected: str, got: str) -> Violation:
    return Violation("value", "offsets", got=shape, expected_text=expected, got_text=got)


CONTRACT = Contract(
    name="EmbeddingBag",
    types=("torch.nn.modules.sparse.EmbeddingBag",),
    reads=(
        *("num_embeddings", "embedding_dim", "mode", "include_last_offset", "sparse", "scale_grad_by_freq"),
        "weight.shape",
    ),
    arguments=("input", "offsets", "per_sample_weights"),
    returns=("output",),
    letters={
        **_tables.LETTERS,
        "B": "how many bags there are",
        "N": "how many indices each bag has, where all have the same number",
        "L": "how many indices there are, all bags together",
    },
    bind=_tables.bind("EmbeddingBag"),
    forms=(
        Form(
            "bags of one size",
            lambda call: call.inputs["input"].ndim == 2,
            {"input": "B N", "per_sample_weights": "B N"},
            {"output": "B H"},
            optional=("offsets", "per_sample_weights"),
        ),
        Form(
            "one row of indices, cut by offsets",
            lambda call: call.inputs["input"].ndim == 1,
            {"input": "L", "offsets": "_", "per_sample_weights": "L"},
            {"output": "B H"},
            optional=("per_sample_weights",),
        ),
    ),
    solve=_solve,
    reasons={
        "input.ndim": "the indices are one bag a row, or all bags in one row that offsets cut apart",
        "offsets.missing": "a single row of indices does not say where one bag ends and the next begins",
        "offsets.ndim": "offsets say where each bag begins: one number a bag",
        "per_sample_weights": "each index has a weight of its own, so the weights have the shape of the indices",
    },
    dtypes=_tables.dtype_of_table,
    looks={"input": ("min", "max"), "offsets": ("first", "last", "is_ascending")},
    rules=(
        Rule("indices are whole numbers", _dtypes, reason=_tables.INDEX_REASON),
        Rule("indices in range", _in_range, reason=_tables.IN_RANGE.reason),
        Rule("no offsets for rows of bags", _no_offsets, reason="with one bag a row the rows say where the bags end"),
        Rule("rows are not empty", _empty_rows, reason="torch counts the bags by the length of a row, which is 0 here"),
        Rule("offsets begin at 0 and stay within the indices", _bags, reason="every index belongs to one bag"),
        Rule(
            "offsets go up",
            _inner_bags,
            reason="each offset ends the bag before it; torch looks at the first and the last one only",
            torch_raises=False,
        ),
        Rule(
            "indices have a bag",
            _no_bag,
            reason="there is no bag to put the indices into; torch does not look, and can end the process",
            torch_raises=False,
        ),
        Rule("weights only in sums", _weights, reason="only a sum can be weighted, and only in the dtype of the table"),
        Rule("a mode that exists", _mode, reason="the constructor takes any mode, forward does not"),
        device_of_parameters("input", "offsets", "per_sample_weights"),
    ),
    teaching={"B": "batch_size", "H": "embedding_dim"},
    about="Rows of the table are taken by index and summed, averaged or maximised over each bag.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html",
)
