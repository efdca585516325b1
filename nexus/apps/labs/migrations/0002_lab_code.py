from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="lab_code",
            field=models.CharField(blank=True, db_default="", max_length=16),
        ),
    ]
