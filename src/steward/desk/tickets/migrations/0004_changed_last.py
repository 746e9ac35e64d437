# SPDX-License-Identifier: Apache-2.0
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0001_initial'),
        ('clients', '0001_initial'),
        ('tenancy', '0001_initial'),
        ('tickets', '0003_found_by_state_and_person'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['-changed_at', '-id'], name='ticket_changed_last'),
        ),
    ]
