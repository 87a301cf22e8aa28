"""SC5xx: everything else that raises."""
