# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from django.db import migrations, models

from steward.core.tenancy.public import RunSQLFile


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        RunSQLFile(Path(__file__).with_name('0001_chain.sql'), Path(__file__).with_name('0001_chain_reverse.sql')),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_kind', models.TextField()),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_name', models.TextField(null=True)),
                ('client_id', models.BigIntegerField(null=True)),
                ('kind', models.TextField()),
                ('record_kind', models.TextField(null=True)),
                ('record_id', models.TextField(null=True)),
                ('params', models.JSONField()),
                ('request_id', models.TextField(null=True)),
            ],
            options={
                'db_table': 'audit"."entry',
                'ordering': ['-id'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField()),
                ('hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('signature', models.CharField(max_length=88)),
                ('target', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('kept', 'Kept'), ('pending', 'Pending'), ('delivered', 'Delivered'), ('failed', 'Failed')], max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-at'], name='anchor_newest')],
            },
        ),
    ]
