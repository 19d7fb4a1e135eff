"""The warm transfer: the caller is handed to a human in the caller's own room."""
