"""Every write of more than one row, or to another system: keyword-only functions."""
