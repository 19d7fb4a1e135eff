"""Stand-ins for OpenAI Realtime and Cartesia: the same wire protocols, offline, on one port."""
