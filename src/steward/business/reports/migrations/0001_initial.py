# SPDX-License-Identifier: Apache-2.0


import django.db.models.deletion
import django.db.models.functions.datetime
import steward.core.tenancy.public
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(editable=False, max_length=24)),
                ('month', models.DateField(help_text='Its first day.')),
                ('timezone', models.CharField(help_text='The zone that cuts the month.', max_length=64)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued')], default='draft', max_length=6)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
            ],
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('n', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued')], default='draft', max_length=6)),
                ('content', models.JSONField(help_text='Figures and facts as they were counted: no sentence, see `frozen`.')),
                ('sha256', models.CharField(help_text='Of the content and the rows.', max_length=64)),
                ('reason', models.CharField(blank=True, help_text='Why it was issued again.', max_length=300)),
                ('counted_at', models.DateTimeField()),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='reports.report')),
            ],
            options={
                'ordering': ['report_id', 'n'],
            },
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('language', models.CharField(max_length=10)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='reports.revision')),
            ],
        ),
        migrations.CreateModel(
            name='CountedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('figure', models.CharField(max_length=64)),
                ('record_kind', models.CharField(max_length=64)),
                ('record_uid', models.UUIDField()),
                ('number', models.CharField(max_length=24)),
                ('label', models.CharField(max_length=200)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('facts', models.JSONField(default=dict)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='reports.revision')),
            ],
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['number'], name='report_by_number'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['-month', '-id'], name='report_latest'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('client', 'month'), name='report_once_a_month'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='report_number_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='report_month_is_its_first_day'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'issued'])), name='report_state_known'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('client', 'report', 'n'), name='revision_number_once'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('client', 'report'), name='revision_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issued_at__isnull', True), ('state', 'draft')), models.Q(('issued_at__isnull', False), ('state', 'issued')), _connector='OR'), name='revision_issued_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reportfile',
            constraint=models.UniqueConstraint(fields=('client', 'revision', 'language'), name='report_file_once_a_language'),
        ),
        migrations.AddIndex(
            model_name='countedrow',
            index=models.Index(fields=['client', 'revision', 'figure', 'id'], name='report_row_of_figure'),
        ),
        EnableRLS("Report"),
        EnableRLS("Revision"),
        EnableRLS("CountedRow"),
        EnableRLS("ReportFile"),
        CompositeForeignKey("Revision", "report"),
        CompositeForeignKey("CountedRow", "revision"),
        CompositeForeignKey("ReportFile", "revision"),
        CompositeForeignKey("ReportFile", "file"),
    ]
