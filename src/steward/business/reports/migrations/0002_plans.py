# SPDX-License-Identifier: Apache-2.0

import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import steward.core.tenancy.public
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0001_initial'),
        ('reports', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='discarded_at',
            field=models.DateTimeField(blank=True, help_text='When its only draft was thrown away; the schedule does not make it again.', null=True),
        ),
        migrations.CreateModel(
            name='ReportPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('enabled', models.BooleanField(default=True)),
                ('day', models.PositiveSmallIntegerField(default=2, help_text="Of the month after, by the client's clock.")),
                ('at', models.TimeField(default=datetime.time(6, 0))),
                ('issues', models.BooleanField(default=False, help_text="Issue and mail it, without a person's look.")),
                ('since', models.DateField(blank=True, help_text='The first month that it is made of; empty: as ever.', null=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('client', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='ReportRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.contact')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='reports.reportplan')),
            ],
        ),
        migrations.CreateModel(
            name='Counting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('operation', models.UUIDField(blank=True, help_text='The long work that counts.', null=True)),
                ('reason', models.CharField(blank=True, help_text='Why it is issued again.', max_length=300)),
                ('by_schedule', models.BooleanField(default=False)),
                ('issues', models.BooleanField(default=False, help_text='What was counted is issued and mailed at once.')),
                ('state', models.CharField(choices=[('running', 'Being counted'), ('done', 'Counted'), ('failed', 'Failed'), ('cancelled', 'Stopped')], default='running', max_length=9)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='countings', to='reports.report')),
            ],
            options={
                'indexes': [models.Index(fields=['operation'], name='counting_of_operation')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('client', 'report'), name='report_counted_one_at_a_time'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'failed', 'cancelled'])), name='counting_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='counting_ended_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10)),
                ('notice', models.UUIDField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.contact')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='reports.revision')),
            ],
            options={
                'ordering': ['revision_id', 'id'],
                'constraints': [models.UniqueConstraint(fields=('client', 'revision', 'contact'), name='report_mailed_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='reportplan',
            constraint=models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 28)), name='report_plan_day_in_every_month'),
        ),
        migrations.AddConstraint(
            model_name='reportrecipient',
            constraint=models.UniqueConstraint(fields=('client', 'plan', 'contact'), name='report_recipient_once'),
        ),
        EnableRLS("Counting"),
        EnableRLS("ReportPlan"),
        EnableRLS("ReportRecipient"),
        EnableRLS("ReportMail"),
        CompositeForeignKey("ReportRecipient", "plan"),
        CompositeForeignKey("ReportRecipient", "contact"),
        CompositeForeignKey("Counting", "report"),
        CompositeForeignKey("ReportMail", "revision"),
        CompositeForeignKey("ReportMail", "contact"),
    ]
