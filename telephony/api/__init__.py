"""The API of calls: read only."""
