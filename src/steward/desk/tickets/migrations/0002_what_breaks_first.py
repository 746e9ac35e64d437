# SPDX-License-Identifier: Apache-2.0

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0001_initial'),
        ('clients', '0001_initial'),
        ('tenancy', '0001_initial'),
        ('tickets', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_open_due',
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['due_at', 'id'], name='ticket_by_due'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['client', 'due_at', 'id'], name='ticket_of_client_by_due'),
        ),
    ]
