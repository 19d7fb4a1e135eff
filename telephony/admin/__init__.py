"""The operator's tool: configuration to edit, call history to read."""

from telephony.admin import (  # noqa: F401  # importing registers
    calls,
    opening_hours,
    personas,
    phone_numbers,
    tools,
    trunks,
    turn_taking,
    users,
)
