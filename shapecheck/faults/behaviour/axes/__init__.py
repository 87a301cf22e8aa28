"""Which axis: what runs along the samples, the steps or the features, where another axis was meant."""
