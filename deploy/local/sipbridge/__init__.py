"""sipbridge: stands in for livekit-sip on one machine. See README.md."""
