"""An index of the seats that a person holds, who may hold many at a time."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("verify", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("state", "leased")),
                fields=["rater", "claimed_at"],
                name="seat_held_by",
            ),
        ),
    ]
