"""SC4xx: losses and targets."""
