"""By which codes OpenAI's protocols say that an account is not served, however often one asks."""

from __future__ import annotations

QUOTA_CODES = frozenset(
    {"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"}
)
FATAL_CODES = QUOTA_CODES | {"invalid_api_key"}
