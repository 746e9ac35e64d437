# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0002_what_breaks_first'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['status', 'due_at', 'id'], include=('client',), name='ticket_by_status_and_due'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ('new', 'open', 'waiting_client', 'waiting_supplier', 'scheduled'))), fields=['assignee', 'due_at', 'id'], name='ticket_work_of_person'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'resolved')), fields=['resolved_at', 'id'], name='ticket_resolved_last'),
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_open_of_person',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_to_close',
        ),
    ]
