"""How static files are stored: hashed, compressed, with the imports between script modules hashed too."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Cached for ever: a changed file, or a changed import of it, has another name."""

    support_js_module_import_aggregation = True
