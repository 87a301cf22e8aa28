"""How samples become batches: data sets, loaders, collate functions, last batches, numbers that become tensors."""
