"""Merchants manage orders of only their own products; support and admins manage any order."""

from django.db import migrations

GIVEN = {
    "merchant": ["orders.manage_own"],
    "support": ["orders.manage_any"],
    "admin": ["orders.manage_own", "orders.manage_any"],
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
        ("orders", "0001_initial"),
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(give, take_back),
    ]
