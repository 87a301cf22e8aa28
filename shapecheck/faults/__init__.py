"""Known mistakes, one small file each."""
