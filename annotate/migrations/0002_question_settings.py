"""Settings of questions, and concepts that are found by name."""

import annotate.presets
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from annotate.finding import search_value


def make_findable(apps, schema_editor):
    """Fill in what concepts that are there already are found by."""
    concepts = apps.get_model("annotate", "Concept").objects
    for concept in concepts.iterator(chunk_size=2000):
        value = search_value(concept.names, concept.aliases)
        concepts.filter(pk=concept.pk).update(search=value)


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='question',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='question',
            name='update_update',
        ),
        migrations.AddField(
            model_name='concept',
            name='search',
            field=django.contrib.postgres.search.SearchVectorField(default='', editable=False),
        ),
        migrations.AddField(
            model_name='question',
            name='settings',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='questionevent',
            name='settings',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='project',
            name='preset',
            field=models.CharField(default=annotate.presets.default, max_length=40),
        ),
        migrations.AlterField(
            model_name='projectevent',
            name='preset',
            field=models.CharField(default=annotate.presets.default, max_length=40),
        ),
        migrations.AddIndex(
            model_name='concept',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='concept_search'),
        ),
        migrations.RunPython(make_findable, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='question',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "annotate_questionevent" ("condition", "id", "key", "kind", "options", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "project_id", "required", "scope", "settings", "wording") VALUES (NEW."condition", NEW."id", NEW."key", NEW."kind", NEW."options", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."project_id", NEW."required", NEW."scope", NEW."settings", NEW."wording"); RETURN NULL;', hash='2fb604a2b9cf0eb99a02ec7158466926ad1a74e6', operation='INSERT', pgid='pgtrigger_insert_insert_30ee6', table='annotate_question', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='question',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "annotate_questionevent" ("condition", "id", "key", "kind", "options", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "project_id", "required", "scope", "settings", "wording") VALUES (NEW."condition", NEW."id", NEW."key", NEW."kind", NEW."options", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."project_id", NEW."required", NEW."scope", NEW."settings", NEW."wording"); RETURN NULL;', hash='95cc863652d3801984f0182076c86c7b54265850', operation='UPDATE', pgid='pgtrigger_update_update_1c923', table='annotate_question', when='AFTER')),
        ),
    ]
