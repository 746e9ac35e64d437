# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
import django.db.models.functions.text
import steward.core.tenancy.public
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('side', models.CharField(choices=[('staff', 'Staff'), ('client', 'Client')], max_length=6)),
                ('all_clients', models.BooleanField(default=False, help_text='Staff who see every client; others see those chosen for them.')),
                ('language', models.CharField(default='en', max_length=10)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('is_active', models.BooleanField(default=True)),
                ('must_change_password', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('erased_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('client', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('client__isnull', True), ('side', 'staff')), models.Q(('all_clients', False), ('client__isnull', False), ('side', 'client')), _connector='OR'), name='user_client_side_has_a_client'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_folded')],
            },
        ),
    ]
