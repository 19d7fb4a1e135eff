"""When the caller has finished, and what stops the agent: options for livekit-agents, for now."""
