"""Check what people choose for themselves."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _

MOST_COMMANDS = 60
LONGEST = 20


class KeysForm(forms.Form):
    """Keys of the desk by command: no key twice, nothing but short texts."""

    keys = forms.JSONField(required=False)

    @classmethod
    def of(cls, body: bytes) -> KeysForm:
        """The form of a request's body."""
        return cls({"keys": body.decode("utf-8", "replace")})

    def clean_keys(self) -> dict[str, str]:
        """The mapping. Raises ValidationError naming what is wrong."""
        found: Any = self.cleaned_data["keys"]
        if found is None:
            return {}
        if not isinstance(found, dict) or len(found) > MOST_COMMANDS:
            raise forms.ValidationError(_("Send one key for each command, as a JSON object."))
        for command, key in found.items():
            if not isinstance(key, str) or not 0 < len(key) <= LONGEST or len(command) > LONGEST:
                shown = json.dumps(key, ensure_ascii=False)[:40]
                raise forms.ValidationError(
                    _("%(key)s is no key for %(command)s.") % {"key": shown, "command": command}
                )
        twice = sorted({key for key in found.values() if list(found.values()).count(key) > 1})
        if twice:
            raise forms.ValidationError(
                _("The key %(key)s is given to two commands.") % {"key": twice[0]}
            )
        return dict(found)
