# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
import django.db.models.functions.text
import steward.core.tenancy.public
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clients', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Asset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(editable=False, max_length=24)),
                ('name', models.CharField(max_length=253)),
                ('kind', models.CharField(choices=[('physical_server', 'Physical server'), ('virtual_server', 'Virtual server'), ('workstation', 'Workstation'), ('laptop', 'Laptop'), ('network_device', 'Network device'), ('storage', 'Storage'), ('printer', 'Printer'), ('cloud_resource', 'Cloud resource'), ('software', 'Software'), ('licence', 'Licence'), ('other', 'Other')], max_length=16)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('in_service', 'In service'), ('retired', 'Retired')], default='in_service', max_length=10)),
                ('place', models.CharField(blank=True, help_text='Room, rack, desk.', max_length=120)),
                ('criticality', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], default='medium', max_length=8)),
                ('criticality_reason', models.CharField(blank=True, max_length=300)),
                ('vendor', models.CharField(blank=True, max_length=256)),
                ('product', models.CharField(blank=True, max_length=256)),
                ('serial', models.CharField(blank=True, max_length=256)),
                ('purchased_on', models.DateField(blank=True, null=True)),
                ('warranty_until', models.DateField(blank=True, null=True)),
                ('support_until', models.DateField(blank=True, null=True)),
                ('notes', models.TextField(blank=True, max_length=20000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.contact')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.site')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
            },
        ),
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('kind', models.CharField(choices=[('runs_on', 'Runs on'), ('depends_on', 'Depends on'), ('backs_up', 'Backs up'), ('protects', 'Protects')], max_length=10)),
                ('notes', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations_out', to='assets.asset')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations_in', to='assets.asset')),
            ],
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(models.F('client'), django.db.models.functions.text.Lower('name'), models.F('id'), name='asset_by_client_and_name'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(django.db.models.functions.text.Lower('name'), models.F('id'), name='asset_by_name'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['number'], name='asset_by_number'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='asset_number_once'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['physical_server', 'virtual_server', 'workstation', 'laptop', 'network_device', 'storage', 'printer', 'cloud_resource', 'software', 'licence', 'other'])), name='asset_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'in_service', 'retired'])), name='asset_state_known'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('criticality__in', ['critical', 'high', 'medium', 'low'])), name='asset_criticality_known'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.UniqueConstraint(fields=('client', 'source', 'target', 'kind'), name='relation_once'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='relation_not_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['runs_on', 'depends_on', 'backs_up', 'protects'])), name='relation_kind_known'),
        ),
        EnableRLS("Asset"),
        EnableRLS("Relation"),
        CompositeForeignKey("Asset", "site"),
        CompositeForeignKey("Asset", "owner"),
        CompositeForeignKey("Relation", "source"),
        CompositeForeignKey("Relation", "target"),
    ]
