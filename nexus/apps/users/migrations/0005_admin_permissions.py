"""Support looks into the admin and helps with accounts; admins change what is there too."""

from django.db import migrations

GIVEN = {
    "support": ["admin.see", "users.assist"],
    "admin": ["admin.see", "admin.change", "users.assist", "users.manage"],
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
        ("users", "0004_authorization_codes"),
    ]

    operations = [
        migrations.RunPython(give, take_back),
    ]
