"""SC6xx: what ``check_model`` finds."""
