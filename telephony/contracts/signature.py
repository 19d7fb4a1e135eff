"""What a receiver of our webhooks checks; how it does that stands in agents/README.md."""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, idempotency_key: str, body: bytes, *, seconds: int) -> str:
    """X-Webhook-Signature: ``t=SECONDS,v1=HEX``, where HEX is the HMAC-SHA256 under the secret of
    ``SECONDS.IDEMPOTENCY-KEY.`` and the body."""
    signed = f"{seconds}.{idempotency_key}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
