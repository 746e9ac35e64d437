# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from django.db import migrations, models

from steward.core.tenancy.public import RunSQLFile

here = Path(__file__).parent


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayPulse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='agent',
            name='assigned',
            field=models.BinaryField(default=b'', help_text='The checks it is to run, as its policy has them.'),
        ),
        migrations.AddField(
            model_name='agent',
            name='capabilities',
            field=models.JSONField(editable=False, help_text='Which checks it can run: slug and version of each. None from one too old to say.', null=True),
        ),
        RunSQLFile(here / "0002_checks.sql", here / "0002_checks_reverse.sql"),
    ]
