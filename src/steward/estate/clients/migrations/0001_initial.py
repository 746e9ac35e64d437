# SPDX-License-Identifier: Apache-2.0

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import steward.core.tenancy.public
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('address', models.TextField(blank=True, max_length=500)),
                ('city', models.CharField(blank=True, max_length=120)),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1, two letters.', max_length=2)),
                ('timezone', models.CharField(blank=True, help_text="Empty: the client's.", max_length=64)),
                ('notes', models.TextField(blank=True, max_length=5000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('job_title', models.CharField(blank=True, max_length=120)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('main', 'Main contact'), ('technical', 'Technical contact'), ('approver', 'Approves changes'), ('emergency', 'Reached at any hour'), ('security', 'Security contact'), ('billing', 'Billing contact'), ('executive', 'Executive')], max_length=12), blank=True, default=list, size=None)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('language', models.CharField(blank=True, help_text="Empty: the client's.", max_length=10)),
                ('timezone', models.CharField(blank=True, help_text="Empty: the site's, else the client's.", max_length=64)),
                ('notes', models.TextField(blank=True, max_length=5000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('erased_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='clients.site')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
            },
        ),
        migrations.CreateModel(
            name='ClientProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('legal_name', models.CharField(blank=True, max_length=200)),
                ('language', models.CharField(default='en', max_length=10)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('criticality', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], default='medium', max_length=8)),
                ('criticality_reason', models.CharField(blank=True, max_length=300)),
                ('notes', models.TextField(blank=True, max_length=20000)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('account_manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('criticality__in', ['critical', 'high', 'medium', 'low'])), name='client_profile_criticality_known')],
            },
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(models.F('client'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at', None)), name='site_name_once_per_client'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(models.F('client'), django.db.models.functions.text.Lower('email'), condition=models.Q(('archived_at', None), models.Q(('email', ''), _negated=True)), name='contact_email_once_per_client'),
        ),
        EnableRLS("Site"),
        EnableRLS("Contact"),
        EnableRLS("ClientProfile"),
        CompositeForeignKey("Contact", "site"),
    ]
