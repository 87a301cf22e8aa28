"""The axis of the samples: where it lies, where it was lost or folded away, and what was written for one batch."""
