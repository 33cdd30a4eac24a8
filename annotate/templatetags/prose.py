"""Texts with plain formatting, as HTML."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from annotate.markdown import to_html

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Guidelines as HTML; whatever they hold, nothing but plain formatting comes of it."""
    return mark_safe(to_html(text))
