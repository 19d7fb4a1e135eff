"""The app's own pages, API and webhooks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from telephony.api.views import CallViewSet
from telephony.views.handoff import handoff_news, handoff_page
from telephony.webhooks import livekit_webhook

router = SimpleRouter()
router.register("calls", CallViewSet, basename="call")

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # What it would tell by OPTIONS has no template.
    path(
        "api/docs/",
        SpectacularSwaggerView.as_view(url_name="api-schema", http_method_names=["get", "head"]),
        name="api-docs",
    ),
    path("calls/<uuid:call_id>/handoff/", handoff_page, name="handoff-page"),
    path("calls/<uuid:call_id>/handoff/news/", handoff_news, name="handoff-news"),
    path("webhooks/livekit", livekit_webhook, name="livekit-webhook"),
]
