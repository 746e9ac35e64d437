# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from django.db import migrations

from steward.core.tenancy.public import RunSQLFile


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_sessions_round'),
    ]

    operations = [
        RunSQLFile(Path(__file__).with_name('0003_web_cache.sql'), Path(__file__).with_name('0003_web_cache_reverse.sql')),
    ]
