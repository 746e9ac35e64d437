# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0003_wishes'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='automatic',
            field=models.BooleanField(db_default=True, default=True, help_text='Written by a machine, not by a person.'),
        ),
        migrations.AddField(
            model_name='notice',
            name='references',
            field=models.TextField(blank=True, db_default='', help_text='Message-IDs of the conversation before, the latest last.'),
        ),
    ]
