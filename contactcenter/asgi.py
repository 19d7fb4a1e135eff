"""The ASGI application: `uvicorn contactcenter.asgi:application`."""

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application

from contactcenter.body_limit import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
# whitenoise answers with small files by synchronous iterators; they are read whole, in a thread.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
application = BodyLimit(get_asgi_application(), most_bytes=settings.MAX_BODY_MB * 1_000_000)
