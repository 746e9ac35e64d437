# SPDX-License-Identifier: Apache-2.0
import django.db.models.deletion
import django.db.models.functions.datetime
import steward.core.tenancy.public
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('assets', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(editable=False, max_length=24)),
                ('fingerprint', models.CharField(help_text='The same trouble has the same: one alert while unresolved.', max_length=200)),
                ('kind', models.CharField(max_length=80)),
                ('topic', models.CharField(blank=True, max_length=120)),
                ('params', models.JSONField(default=dict)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor'), ('info', 'Information')], max_length=8)),
                ('state', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('resolved', 'Resolved')], default='open', max_length=12)),
                ('ref_kind', models.CharField(blank=True, max_length=64)),
                ('ref_uid', models.UUIDField(blank=True, null=True)),
                ('count', models.PositiveIntegerField(default=1, help_text='How often it was reported.')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('snoozed_until', models.DateTimeField(blank=True, null=True)),
                ('verdict', models.CharField(blank=True, choices=[('true_positive', 'True positive'), ('false_positive', 'False positive')], max_length=14)),
                ('verdict_at', models.DateTimeField(blank=True, null=True)),
                ('in_maintenance', models.BooleanField(default=False, help_text='It began while its asset was in maintenance.')),
                ('ticket_uid', models.UUIDField(blank=True, help_text='The ticket that it opened or joined.', null=True)),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verdict_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AlertEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=24)),
                ('params', models.JSONField(default=dict)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='alerts.alert')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Maintenance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['client', '-opened_at', '-id'], name='alert_latest_of_client'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['-opened_at', '-id'], name='alert_latest'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['number'], name='alert_number'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['client', 'asset', 'kind', 'topic', '-id'], name='alert_of_asset'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('state', 'resolved'), _negated=True), fields=['kind', 'client'], name='alert_unresolved'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'resolved'), _negated=True), fields=('client', 'fingerprint'), name='alert_once_while_unresolved'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='alert_number_once'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', ['critical', 'major', 'minor', 'info'])), name='alert_severity_known'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'acknowledged', 'resolved'])), name='alert_state_known'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('state', 'resolved')), models.Q(models.Q(('state', 'resolved'), _negated=True), ('resolved_at__isnull', True)), _connector='OR'), name='alert_resolved_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', ''), ('verdict_at__isnull', True)), models.Q(models.Q(('verdict', ''), _negated=True), ('verdict_at__isnull', False)), _connector='OR'), name='alert_verdict_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='alert_was_reported'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('resolved_at__isnull', True), ('resolved_at__gte', models.F('opened_at')), _connector='OR'), name='alert_ends_after_it_began'),
        ),
        migrations.AddIndex(
            model_name='alertentry',
            index=models.Index(fields=['alert', 'at', 'id'], name='alert_entry_order'),
        ),
        migrations.AddIndex(
            model_name='maintenance',
            index=models.Index(fields=['client', 'ends_at'], name='maintenance_in_force'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('starts_at'))), name='maintenance_ends_after_it_starts'),
        ),
        EnableRLS("Alert"),
        EnableRLS("AlertEntry", append_only=True),
        EnableRLS("Maintenance"),
        CompositeForeignKey("Alert", "asset"),
        CompositeForeignKey("AlertEntry", "alert"),
        CompositeForeignKey("Maintenance", "asset"),
    ]
