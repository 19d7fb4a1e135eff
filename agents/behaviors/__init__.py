"""What a call does beside talking: one behaviour a file, each with ``attach(call, ...)``."""
