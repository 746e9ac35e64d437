# SPDX-License-Identifier: Apache-2.0

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import steward.core.tenancy.public
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('assets', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, unique=True)),
                ('began_at', models.DateTimeField()),
                ('judged_at', models.DateTimeField(blank=True, help_text='The last time it was done.', null=True)),
                ('took_ms', models.PositiveIntegerField(default=0)),
                ('watched', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name='BlindSpell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('fault', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [models.Index(fields=['kind', '-since'], name='blind_spell_latest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('kind',), name='blind_spell_once')],
            },
        ),
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(editable=False, max_length=24)),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(max_length=48)),
                ('interval_seconds', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(86400)])),
                ('timeout_seconds', models.FloatField(default=10, validators=[django.core.validators.MinValueValidator(0.1), django.core.validators.MaxValueValidator(60)])),
                ('config', models.JSONField(default=dict)),
                ('enabled', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('last_at', models.DateTimeField(blank=True, null=True)),
                ('last_verdict', models.CharField(blank=True, choices=[('ok', 'Ok'), ('failing', 'Failing'), ('unknown', 'Unknown')], max_length=7)),
                ('last_reason', models.CharField(blank=True, max_length=48)),
                ('last_parameters', models.JSONField(default=dict)),
                ('last_seconds', models.FloatField(blank=True, null=True)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='CheckResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('began', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('verdict', models.CharField(choices=[('ok', 'Ok'), ('failing', 'Failing'), ('unknown', 'Unknown')], max_length=7)),
                ('reason', models.CharField(max_length=48)),
                ('parameters', models.JSONField(default=dict)),
                ('measured', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('look', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='results', to='monitoring.check')),
            ],
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('preset', models.CharField(blank=True, max_length=40)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('kind', models.CharField(max_length=40)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor'), ('info', 'Information')], max_length=8)),
                ('config', models.JSONField(default=dict)),
                ('enabled', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('preset', ''), _negated=True), fields=('preset',), name='rule_preset_once'), models.CheckConstraint(condition=models.Q(('severity__in', ['critical', 'major', 'minor', 'info'])), name='rule_severity_known'), models.CheckConstraint(condition=models.Q(('name', ''), ('preset', ''), _negated=True), name='rule_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='RuleOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('enabled', models.BooleanField(default=True)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor'), ('info', 'Information')], max_length=8)),
                ('config', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.rule')),
            ],
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['client', 'asset'], name='check_of_asset'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['number'], name='check_number'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='check_number_once'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('interval_seconds__gte', 1), ('interval_seconds__lte', 86400)), name='check_interval_sane'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('timeout_seconds__gte', 0.1), ('timeout_seconds__lte', 60), ('timeout_seconds__lte', models.F('interval_seconds'))), name='check_timeout_sane'),
        ),
        migrations.AddConstraint(
            model_name='checkresult',
            constraint=models.UniqueConstraint(fields=('client', 'look', 'at'), name='check_result_once'),
        ),
        migrations.AddConstraint(
            model_name='ruleoverride',
            constraint=models.UniqueConstraint(fields=('client', 'rule', 'asset'), name='rule_override_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='ruleoverride',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', ['critical', 'major', 'minor', 'info'])), name='rule_override_severity_known'),
        ),
        EnableRLS("RuleOverride"),
        EnableRLS("Check"),
        EnableRLS("CheckResult"),
        CompositeForeignKey("RuleOverride", "asset"),
        CompositeForeignKey("Check", "asset"),
        CompositeForeignKey("CheckResult", "look"),
    ]
