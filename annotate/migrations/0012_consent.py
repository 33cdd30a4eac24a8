"""The text that people agree to before they judge, and that they did."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0011_notices_and_webhooks'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='project',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='project',
            name='update_update',
        ),
        migrations.AddField(
            model_name='membership',
            name='consent',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='membership',
            name='consented_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='consent',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='consented_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='consent',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='projectevent',
            name='consent',
            field=models.TextField(blank=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "annotate_membershipevent" ("consent", "consented_at", "id", "joined_at", "languages", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proficiency", "project_id", "role", "user_id", "variety") VALUES (NEW."consent", NEW."consented_at", NEW."id", NEW."joined_at", NEW."languages", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proficiency", NEW."project_id", NEW."role", NEW."user_id", NEW."variety"); RETURN NULL;', hash='d1197961ce9240335fb1bf9de3958997614253c4', operation='INSERT', pgid='pgtrigger_insert_insert_33b99', table='annotate_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "annotate_membershipevent" ("consent", "consented_at", "id", "joined_at", "languages", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proficiency", "project_id", "role", "user_id", "variety") VALUES (NEW."consent", NEW."consented_at", NEW."id", NEW."joined_at", NEW."languages", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proficiency", NEW."project_id", NEW."role", NEW."user_id", NEW."variety"); RETURN NULL;', hash='5f5eb317fced8c75cbb888be2a43dd14643dc49b', operation='UPDATE', pgid='pgtrigger_update_update_10711', table='annotate_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "annotate_membershipevent" ("consent", "consented_at", "id", "joined_at", "languages", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proficiency", "project_id", "role", "user_id", "variety") VALUES (OLD."consent", OLD."consented_at", OLD."id", OLD."joined_at", OLD."languages", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."proficiency", OLD."project_id", OLD."role", OLD."user_id", OLD."variety"); RETURN NULL;', hash='20c27745366bc242f04aa2f8df0d79a7f686b763', operation='DELETE', pgid='pgtrigger_delete_delete_50738', table='annotate_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='project',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "annotate_projectevent" ("consent", "created_at", "description", "guidelines", "id", "invite_key", "is_archived", "licence", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "preset", "slug", "source_language") VALUES (NEW."consent", NEW."created_at", NEW."description", NEW."guidelines", NEW."id", NEW."invite_key", NEW."is_archived", NEW."licence", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."preset", NEW."slug", NEW."source_language"); RETURN NULL;', hash='d23aab8b02fff9715ef6987a4ba7868ee3ecc5c1', operation='INSERT', pgid='pgtrigger_insert_insert_c99ce', table='annotate_project', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='project',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "annotate_projectevent" ("consent", "created_at", "description", "guidelines", "id", "invite_key", "is_archived", "licence", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "preset", "slug", "source_language") VALUES (NEW."consent", NEW."created_at", NEW."description", NEW."guidelines", NEW."id", NEW."invite_key", NEW."is_archived", NEW."licence", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."preset", NEW."slug", NEW."source_language"); RETURN NULL;', hash='dbee977268c84132dbf084aa8c415a5248de8a20', operation='UPDATE', pgid='pgtrigger_update_update_58879', table='annotate_project', when='AFTER')),
        ),
    ]
