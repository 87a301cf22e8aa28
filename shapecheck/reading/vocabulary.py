"""Names of functions and methods that several readers ask for, as a script writes them."""

from __future__ import annotations

# What functions are called from.
LIBRARIES = ("torch", "np", "numpy")
FUNCTIONAL = ("torch", "F", "nn.functional", "functional", "torch.nn.functional")
RESHAPES = ("view", "reshape", "flatten")
# What exchanges two axes, and what turns them in whatever way.
EXCHANGES = ("transpose", "swapaxes", "swapdims")
TURNS = ("T", "mT", "t", "transpose", "permute", "swapaxes")
SPLITS = ("split", "chunk", "tensor_split")
MATMULS = ("matmul", "bmm", "mm")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
# What makes one number of many, and nothing else beside it.
SUMMARIES = ("mean", "sum", "amax", "amin", "logsumexp")
# What returns numbers and the places where they were, in this order.
WITH_PLACES = ("max", "min", "topk", "sort", "median", "mode", "kthvalue")
GUESSES = ("argmax", "max", "topk")
# What makes a tensor of its sizes alone, and what fills it with one number.
MADE_OF_SIZES = ("zeros", "ones", "empty", "full", "rand", "randn")
CONSTANTS = ("zeros", "ones", "full", "new_zeros", "new_ones", "new_full")
# What a mask is put to scores with.
MASKINGS = ("add", "add_", "masked_fill", "masked_fill_", "where", "mul", "mul_")
# What scripts call the state of a recurrent layer.
STATE_NAMES = ("h", "hx", "hn", "h_n", "hid", "hidden", "state")
