# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from django.db import migrations

from steward.core.tenancy.public import RunSQLFile

here = Path(__file__).parent


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenancy", "0001_initial")]
    operations = [RunSQLFile(here / "0001_numbers.sql", here / "0001_numbers_reverse.sql")]
