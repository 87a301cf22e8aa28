"""What torch's layers and losses promise, one small file each."""
