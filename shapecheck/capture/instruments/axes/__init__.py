"""Which axis of a tensor holds what: the samples, the steps, the features, the classes."""
