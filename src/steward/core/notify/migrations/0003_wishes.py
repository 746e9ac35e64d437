# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import steward.core.tenancy.public


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0002_what_we_say'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Wishes',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('language', models.CharField(blank=True, help_text='Of mail; empty: that of the profile.', max_length=10)),
                ('quiet_from', models.TimeField(blank=True, help_text="By the wall clock of the person's zone.", null=True)),
                ('quiet_to', models.TimeField(blank=True, null=True)),
                ('ways', models.JSONField(default=dict)),
                ('service', models.CharField(blank=True, max_length=40)),
                ('sealed_url', models.TextField(blank=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_to__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_to__isnull', False)), _connector='OR'), name='wishes_quiet_hours_have_two_ends')],
            },
        ),
        migrations.AddField(
            model_name='mailidentity',
            name='uid',
            field=models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='held_until',
            field=models.DateTimeField(blank=True, help_text="The end of the recipient's quiet hours.", null=True),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('held', 'Held'), ('sent', 'Sent'), ('bounced', 'Bounced'), ('no_channel', 'No Channel'), ('failed', 'Failed'), ('expired', 'Expired')], default='queued', max_length=10),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['held_until'], name='delivery_held'),
        ),
    ]
