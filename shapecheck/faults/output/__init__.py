"""SC3xx: what comes out of a recurrent layer, and the layers behind it."""
