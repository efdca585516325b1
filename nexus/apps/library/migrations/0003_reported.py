import django.contrib.postgres.fields
from django.db import migrations, models


def forget_digests(apps, schema_editor):
    """Have every page written again, with its new columns."""
    apps.get_model("library", "Page").objects.update(digest="")


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0002_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="page",
            name="former_keys",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(db_collation="C", max_length=120),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="page",
            name="reported",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.RunPython(forget_digests, migrations.RunPython.noop),
    ]
