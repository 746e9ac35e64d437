# SPDX-License-Identifier: Apache-2.0

import django.contrib.postgres.fields
import django.db.models.deletion
import steward.core.tenancy.public
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('hint', models.CharField(editable=False, help_text='The first characters, to tell tokens apart.', max_length=12)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('clients', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, help_text='None: every client its owner may see.', null=True, size=None)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('service_manager', 'service_manager'), ('dispatcher', 'dispatcher'), ('technician_l1', 'technician_l1'), ('technician_l2', 'technician_l2'), ('technician_l3', 'technician_l3'), ('security_analyst', 'security_analyst'), ('billing', 'billing'), ('auditor', 'auditor'), ('client_admin', 'client_admin'), ('client_approver', 'client_approver'), ('client_user', 'client_user')], max_length=24)),
                ('given_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'role'), name='role_once_per_person'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'service_manager', 'dispatcher', 'technician_l1', 'technician_l2', 'technician_l3', 'security_analyst', 'billing', 'auditor', 'client_admin', 'client_approver', 'client_user'])), name='role_known')],
            },
        ),
        migrations.CreateModel(
            name='StaffClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.client')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'client'), name='staff_client_once')],
            },
        ),
    ]
