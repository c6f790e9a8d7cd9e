"""Held-out pages and measurements: how well a checkpoint reads what training never drew."""
