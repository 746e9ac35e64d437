# SPDX-License-Identifier: Apache-2.0

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import steward.core.tenancy.public
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SlaCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at', None)), name='sla_calendar_name_once')],
            },
        ),
        migrations.CreateModel(
            name='SlaPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at', None)), name='sla_policy_name_once')],
            },
        ),
        migrations.CreateModel(
            name='SlaPolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('valid_from', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('on_priority_change', models.CharField(choices=[('retroactive', 'Measure everything anew, as if it had always been so'), ('prospective', 'Begin anew at the change, and keep what stood before')], max_length=12)),
                ('on_reopen', models.CharField(choices=[('resume', 'Go on from where the clock stood'), ('restart', 'Begin anew')], max_length=8)),
                ('pause_response', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('pause_resolution', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sla.slapolicy')),
            ],
            options={
                'ordering': ['valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('clause', models.CharField(help_text='The clause that promises it, such as AGR-12 3.1.', max_length=120)),
                ('kind', models.CharField(choices=[('response', 'Response'), ('resolution', 'Resolution')], max_length=10)),
                ('subject_kind', models.CharField(max_length=64)),
                ('subject_uid', models.UUIDField()),
                ('priority', models.CharField(max_length=2)),
                ('state', models.CharField(choices=[('open', 'Open'), ('breached', 'Breached'), ('met', 'Met'), ('met_late', 'Met late'), ('waived', 'No longer owed')], default='open', max_length=8)),
                ('target_seconds', models.PositiveIntegerField()),
                ('zero_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, help_text='Null while it is paused, or never.', null=True)),
                ('met_at', models.DateTimeField(blank=True, null=True)),
                ('breached_at', models.DateTimeField(blank=True, null=True)),
                ('wake_at', models.DateTimeField(blank=True, help_text='When the clock is to be looked at again.', null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.slapolicyversion')),
            ],
        ),
        migrations.CreateModel(
            name='SlaTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('priority', models.CharField(choices=[('P1', 'P1'), ('P2', 'P2'), ('P3', 'P3'), ('P4', 'P4')], max_length=2)),
                ('kind', models.CharField(choices=[('response', 'Response'), ('resolution', 'Resolution')], max_length=10)),
                ('minutes', models.DecimalField(decimal_places=3, max_digits=10)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.slacalendar')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='sla.slapolicyversion')),
            ],
            options={
                'ordering': ['priority', 'kind'],
            },
        ),
        migrations.CreateModel(
            name='SlaThreshold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('response', 'Response'), ('resolution', 'Resolution')], max_length=10)),
                ('percent', models.PositiveSmallIntegerField()),
                ('action', models.CharField(max_length=40)),
                ('config', models.JSONField(default=dict)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='thresholds', to='sla.slapolicyversion')),
            ],
            options={
                'ordering': ['kind', 'percent', 'action'],
            },
        ),
        migrations.CreateModel(
            name='ThresholdPassed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('zero_at', models.DateTimeField()),
                ('percent', models.PositiveSmallIntegerField()),
                ('action', models.CharField(max_length=40)),
                ('config', models.JSONField(default=dict)),
                ('reached_at', models.DateTimeField(help_text='The instant at which the clock reached it.')),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it was noticed.')),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('obligation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passed', to='sla.obligation')),
            ],
            options={
                'ordering': ['reached_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SlaCalendarVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('timezone', models.CharField(max_length=64)),
                ('always', models.BooleanField(default=False)),
                ('week', models.JSONField(default=dict, help_text='{"mon": [["09:00", "18:00"]]}, as a document of the clock has it.')),
                ('holidays', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, size=None)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sla.slacalendar')),
            ],
            options={
                'ordering': ['valid_from', 'id'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'valid_from'), name='sla_calendar_version_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='slapolicyversion',
            constraint=models.UniqueConstraint(fields=('policy', 'valid_from'), name='sla_policy_version_once'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at'], name='obligation_wakes'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(condition=models.Q(('state__in', ['open', 'breached'])), fields=['client', 'due_at'], name='obligation_due'),
        ),
        migrations.AddIndex(
            model_name='obligation',
            index=models.Index(fields=['subject_kind', 'subject_uid'], name='obligation_subject'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.UniqueConstraint(fields=('client', 'subject_kind', 'subject_uid', 'kind'), name='obligation_once_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['response', 'resolution'])), name='obligation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='slatarget',
            constraint=models.UniqueConstraint(fields=('version', 'priority', 'kind'), name='sla_target_once'),
        ),
        migrations.AddConstraint(
            model_name='slatarget',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gt', 0)), name='sla_target_is_some_time'),
        ),
        migrations.AddConstraint(
            model_name='slatarget',
            constraint=models.CheckConstraint(condition=models.Q(('priority__in', ('P1', 'P2', 'P3', 'P4'))), name='sla_target_priority_known'),
        ),
        migrations.AddConstraint(
            model_name='slatarget',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['response', 'resolution'])), name='sla_target_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='slathreshold',
            constraint=models.UniqueConstraint(fields=('version', 'kind', 'percent', 'action'), name='sla_threshold_once'),
        ),
        migrations.AddConstraint(
            model_name='slathreshold',
            constraint=models.CheckConstraint(condition=models.Q(('percent__gte', 1), ('percent__lte', 500)), name='sla_threshold_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='slathreshold',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['response', 'resolution'])), name='sla_threshold_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='thresholdpassed',
            constraint=models.UniqueConstraint(fields=('client', 'obligation', 'zero_at', 'percent', 'action'), name='threshold_passed_once'),
        ),
        EnableRLS("Obligation"),
        EnableRLS("ThresholdPassed"),
        CompositeForeignKey("ThresholdPassed", "obligation"),
    ]
