# SPDX-License-Identifier: Apache-2.0
import django.db.models.deletion
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='cause',
            field=models.ForeignKey(blank=True, help_text='The outage of what its asset hangs on, which likely explains it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='behind', to='alerts.alert'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('ticket_uid__isnull', False)), fields=['ticket_uid'], name='alert_of_ticket'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('cause__isnull', False)), fields=['cause', '-opened_at'], name='alert_behind'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('cause', None), models.Q(('cause', models.F('pk')), _negated=True), _connector='OR'), name='alert_not_its_own_cause'),
        ),
        CompositeForeignKey("Alert", "cause"),
    ]
