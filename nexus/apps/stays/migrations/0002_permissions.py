"""Hosts manage their own listings, admins any."""

from django.db import migrations

GIVEN = {
    "host": ["stays.manage_own"],
    "admin": ["stays.manage_own", "stays.manage_any"],
}


def give(apps, schema_editor):
    for role in apps.get_model("users", "Role").objects.filter(slug__in=GIVEN):
        role.permissions = list(dict.fromkeys([*role.permissions, *GIVEN[role.slug]]))
        role.save(update_fields=["permissions"])


def take_back(apps, schema_editor):
    for role in apps.get_model("users", "Role").objects.filter(slug__in=GIVEN):
        role.permissions = [held for held in role.permissions if held not in GIVEN[role.slug]]
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [
        ("stays", "0001_initial"),
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(give, take_back),
    ]
