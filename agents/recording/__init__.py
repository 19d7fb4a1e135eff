"""A call's stereo tape: what the caller said on the left, what they were sent on the right."""
