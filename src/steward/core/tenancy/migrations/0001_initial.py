# SPDX-License-Identifier: Apache-2.0

import django.db.models.functions.text
import steward.core.tenancy.models
from django.db import migrations, models

from steward.core.tenancy.operations import EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.models.UuidV7(), editable=False, unique=True)),
                ('slug', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('active', 'Active'), ('archived', 'Archived')], default='active', max_length=12)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('slug'), name='client_slug_once'), models.CheckConstraint(condition=models.Q(('state__in', ('active', 'archived'))), name='client_state_known')],
            },
        ),
        EnableRLS("Client", column="id"),
    ]
