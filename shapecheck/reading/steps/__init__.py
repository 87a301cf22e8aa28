"""The axis of the steps: where it lies, how long sequences are, and which steps are taken or left out."""
