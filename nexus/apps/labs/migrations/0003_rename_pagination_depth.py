from django.db import migrations

# The page and its lab were called pagination-depth, and the claims began with that name.
RENAME = """
UPDATE labs_run
SET lab = %(new)s,
    document = replace(document::text, '"' || %(old)s, '"' || %(new)s)::jsonb
WHERE lab = %(old)s
"""
OLD, NEW = "pagination-depth", "keyset-pagination"


def rename(apps, schema_editor):
    schema_editor.execute(RENAME, {"old": OLD, "new": NEW})


def rename_back(apps, schema_editor):
    schema_editor.execute(RENAME, {"old": NEW, "new": OLD})


class Migration(migrations.Migration):
    dependencies = [
        ("labs", "0002_lab_code"),
    ]

    operations = [migrations.RunPython(rename, rename_back)]
