# SPDX-License-Identifier: Apache-2.0
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='blindspell',
            name='told_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        # What is known was told when it was found.
        migrations.RunSQL('UPDATE monitoring_blindspell SET told_at = since', migrations.RunSQL.noop),
    ]
