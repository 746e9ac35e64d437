# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import django.core.validators
import django.db.models.deletion
import steward.core.tenancy.public
import steward.estate.agents.models
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS, RunSQLFile

here = Path(__file__).parent


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('assets', '0001_initial'),
        ('clients', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EnrolmentToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('hash', models.CharField(db_index=True, editable=False, max_length=64)),
                ('hint', models.CharField(editable=False, help_text='The first characters, to tell tokens apart.', max_length=12)),
                ('pre_approved', models.BooleanField(default=False)),
                ('max_uses', models.PositiveIntegerField(default=1)),
                ('used', models.PositiveIntegerField(default=0, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.site')),
            ],
        ),
        migrations.CreateModel(
            name='Agent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('state', models.CharField(choices=[('pending', 'Waits for approval'), ('approved', 'Approved'), ('refused', 'Refused'), ('revoked', 'Revoked')], default='pending', max_length=8)),
                ('public_key', models.BinaryField(max_length=32)),
                ('hostname', models.CharField(max_length=253)),
                ('machine_id', models.CharField(blank=True, max_length=32)),
                ('os', models.CharField(blank=True, max_length=256)),
                ('arch', models.CharField(blank=True, max_length=64)),
                ('agent_version', models.CharField(blank=True, max_length=64)),
                ('protocol', models.PositiveSmallIntegerField(default=1)),
                ('boot_id', models.CharField(blank=True, max_length=32)),
                ('interval_seconds', models.PositiveSmallIntegerField(default=30, help_text='How often it samples.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3600)])),
                ('enrolled_at', models.DateTimeField(auto_now_add=True)),
                ('decided_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('reason', models.CharField(blank=True, help_text='Why it was refused or revoked.', max_length=300)),
                ('last_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('changed_at', models.DateTimeField(auto_now_add=True)),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.site')),
                ('twin', models.ForeignKey(blank=True, help_text='An agent with the same machine id under another key: enrolled anew, or a cloned disk.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agents.agent')),
                ('token', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agents.enrolmenttoken')),
            ],
        ),
        migrations.CreateModel(
            name='Inventory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField()),
                ('collected_at', models.DateTimeField()),
                ('hardware', models.JSONField(null=True)),
                ('system', models.JSONField(null=True)),
                ('packages', models.JSONField(null=True)),
                ('addresses', models.JSONField(null=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='InventoryChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('at', models.DateTimeField()),
                ('section', models.CharField(max_length=10)),
                ('kind', models.CharField(choices=[('added', 'Added'), ('removed', 'Removed'), ('changed', 'Changed')], max_length=7)),
                ('path', models.CharField(max_length=400)),
                ('before', models.CharField(blank=True, max_length=400)),
                ('after', models.CharField(blank=True, max_length=400)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='InventoryIntake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('document', models.BinaryField()),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SampleMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('boot', models.UUIDField()),
                ('done', steward.estate.agents.models.Multirange(editable=False)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='SeriesChunk',
            fields=[
                ('first', models.BigIntegerField(primary_key=True, serialize=False)),
                ('entries', models.BinaryField()),
                ('count', models.PositiveSmallIntegerField()),
                ('published', models.PositiveSmallIntegerField(default=0, help_text='How many of the entries the telemetry store knows.')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='SetAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('reason', models.CharField(max_length=12)),
                ('samples', models.BigIntegerField()),
                ('first_ts', models.DateTimeField()),
                ('last_ts', models.DateTimeField()),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agents.agent')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.AddConstraint(
            model_name='enrolmenttoken',
            constraint=models.UniqueConstraint(fields=('client', 'hash'), name='enrolment_token_once'),
        ),
        migrations.AddConstraint(
            model_name='enrolmenttoken',
            constraint=models.CheckConstraint(condition=models.Q(('used__lte', models.F('max_uses'))), name='enrolment_token_not_overused'),
        ),
        migrations.AddIndex(
            model_name='agent',
            index=models.Index(fields=['changed_at'], name='agent_by_change'),
        ),
        migrations.AddIndex(
            model_name='agent',
            index=models.Index(fields=['client', 'machine_id'], name='agent_by_machine'),
        ),
        migrations.AddIndex(
            model_name='agent',
            index=models.Index(fields=['client', 'asset'], name='agent_by_asset'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.UniqueConstraint(fields=('client', 'public_key'), name='agent_key_once'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'approved', 'refused', 'revoked'])), name='agent_state_known'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(('id__gt', 0), ('id__lt', 4294967296)), name='agent_id_of_32_bits'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), ('asset__isnull', False), _connector='OR'), name='agent_approved_has_an_asset'),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(('interval_seconds__gte', 1), ('interval_seconds__lte', 3600)), name='agent_interval_sane'),
        ),
        migrations.AddConstraint(
            model_name='inventory',
            constraint=models.UniqueConstraint(fields=('client', 'agent'), name='inventory_once'),
        ),
        migrations.AddIndex(
            model_name='inventorychange',
            index=models.Index(fields=['client', 'asset', '-at', '-id'], name='inventory_change_by_asset'),
        ),
        migrations.AddConstraint(
            model_name='inventorychange',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('added', 'removed', 'changed'))), name='inventory_change_kind_known'),
        ),
        migrations.AddIndex(
            model_name='samplemark',
            index=models.Index(fields=['changed_at'], name='sample_mark_by_change'),
        ),
        migrations.AddConstraint(
            model_name='samplemark',
            constraint=models.UniqueConstraint(fields=('client', 'agent', 'boot'), name='sample_mark_once'),
        ),
        migrations.AddConstraint(
            model_name='serieschunk',
            constraint=models.CheckConstraint(condition=models.Q(('first__gt', 0), ('first__lt', 4294967296)), name='series_ids_of_32_bits'),
        ),
        migrations.AddConstraint(
            model_name='serieschunk',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', 1), ('count__lte', 64), ('published__lte', models.F('count'))), name='series_chunk_counts'),
        ),
        migrations.AddConstraint(
            model_name='setaside',
            constraint=models.UniqueConstraint(fields=('client', 'agent', 'day', 'reason'), name='set_aside_once_a_day'),
        ),
        EnableRLS("EnrolmentToken"),
        EnableRLS("Agent"),
        EnableRLS("SampleMark"),
        EnableRLS("SeriesChunk"),
        EnableRLS("SetAside"),
        EnableRLS("InventoryIntake"),
        EnableRLS("Inventory"),
        EnableRLS("InventoryChange"),
        CompositeForeignKey("EnrolmentToken", "site"),
        CompositeForeignKey("Agent", "asset"),
        CompositeForeignKey("Agent", "site"),
        CompositeForeignKey("Agent", "token"),
        CompositeForeignKey("Agent", "twin"),
        CompositeForeignKey("SampleMark", "agent"),
        CompositeForeignKey("SeriesChunk", "agent"),
        CompositeForeignKey("SeriesChunk", "asset"),
        CompositeForeignKey("SetAside", "agent"),
        CompositeForeignKey("InventoryIntake", "agent"),
        CompositeForeignKey("Inventory", "agent"),
        CompositeForeignKey("InventoryChange", "agent"),
        CompositeForeignKey("InventoryChange", "asset"),
        RunSQLFile(here / "0001_gateway.sql", here / "0001_gateway_reverse.sql"),
    ]
