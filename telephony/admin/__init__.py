"""The operator's tool: configuration to edit, call history to read."""

from django.contrib import admin

from telephony.admin import (  # noqa: F401  # importing registers
    audit,
    call_policy,
    calls,
    human_endpoints,
    knowledge,
    mcp_servers,
    messages,
    opening_hours,
    personas,
    phone_numbers,
    teams,
    tools,
    transfers,
    trunks,
    turn_taking,
    users,
)

admin.site.index_title = "Overview"
