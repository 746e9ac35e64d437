# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0004_conversations'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='files',
            field=models.TextField(blank=True, db_default='', help_text='Identifiers of the stored files that go with it as a mail.'),
        ),
    ]
