"""The model's tools: one a file, all run by ``runner`` so that each use is bounded and recorded."""
