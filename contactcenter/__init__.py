"""Wiring only: settings, urls, asgi, celery, logging, health. No domain code."""

from contactcenter.celery import app as celery_app

__all__ = ["celery_app"]
