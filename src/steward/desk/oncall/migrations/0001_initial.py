# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
import django.db.models.functions.datetime
import steward.core.tenancy.public
import steward.desk.oncall.schedule
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EscalationPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('rounds', models.PositiveSmallIntegerField(default=1, help_text='How often the steps are gone through.')),
                ('is_default', models.BooleanField(default=False, help_text='For pages that name no policy.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('rounds__gte', 1)), name='policy_has_a_round'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='policy_default_once')],
            },
        ),
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(max_length=24)),
                ('subject_kind', models.CharField(max_length=64)),
                ('subject_uid', models.UUIDField()),
                ('key', models.CharField(help_text='What of the record it is about: one page for each.', max_length=120)),
                ('kind', models.CharField(max_length=80)),
                ('params', models.JSONField(default=dict)),
                ('plan', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('open', 'Open'), ('nobody_reached', 'Nobody Reached'), ('acknowledged', 'Acknowledged'), ('ended', 'Ended')], default='open', max_length=14)),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('look_at', models.DateTimeField(blank=True, help_text='When something is due next.', null=True)),
                ('nobody_reached_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_via', models.CharField(blank=True, help_text='console, link or api.', max_length=7)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oncall.escalationpolicy')),
            ],
        ),
        migrations.CreateModel(
            name='AnswerLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='oncall.page')),
            ],
        ),
        migrations.CreateModel(
            name='PageAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(help_text='The step, counted through over all rounds, from 0.')),
                ('channel', models.CharField(blank=True, max_length=10)),
                ('state', models.CharField(choices=[('pending', 'pending'), ('sent', 'sent'), ('failed', 'failed')], max_length=7)),
                ('answer', models.CharField(blank=True, help_text="The other side's own words.", max_length=300)),
                ('code', models.CharField(blank=True, help_text='What we say of it ourselves, with `params`.', max_length=20)),
                ('params', models.JSONField(default=dict)),
                ('notice_uid', models.UUIDField(blank=True, null=True)),
                ('delivery_uid', models.UUIDField(blank=True, null=True)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='oncall.page')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Roster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('unit', models.CharField(choices=[('hours', 'hours'), ('days', 'days'), ('weeks', 'weeks')], default=steward.desk.oncall.schedule.Unit['WEEKS'], max_length=5)),
                ('length', models.PositiveSmallIntegerField(default=1)),
                ('handover', models.TimeField()),
                ('starts_on', models.DateField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('length__gte', 1)), name='roster_shift_has_a_length')],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('roster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='oncall.roster')),
            ],
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('wait_seconds', models.PositiveIntegerField(help_text='Before the next step, when nobody acknowledges.')),
                ('role', models.CharField(blank=True, choices=[('owner', 'owner'), ('service_manager', 'service_manager'), ('dispatcher', 'dispatcher'), ('technician_l1', 'technician_l1'), ('technician_l2', 'technician_l2'), ('technician_l3', 'technician_l3'), ('security_analyst', 'security_analyst'), ('billing', 'billing'), ('auditor', 'auditor'), ('client_admin', 'client_admin'), ('client_approver', 'client_approver'), ('client_user', 'client_user')], max_length=24)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='oncall.escalationpolicy')),
                ('roster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oncall.roster')),
            ],
            options={
                'ordering': ['order'],
            },
        ),
        migrations.CreateModel(
            name='RotationMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('roster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='oncall.roster')),
            ],
            options={
                'ordering': ['order'],
            },
        ),
        migrations.AddIndex(
            model_name='page',
            index=models.Index(fields=['client', '-opened_at'], name='page_latest'),
        ),
        migrations.AddIndex(
            model_name='page',
            index=models.Index(fields=['number'], name='page_number'),
        ),
        migrations.AddIndex(
            model_name='page',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['look_at'], name='page_due'),
        ),
        migrations.AddIndex(
            model_name='page',
            index=models.Index(condition=models.Q(('state__in', ('open', 'nobody_reached'))), fields=['state'], name='page_unanswered'),
        ),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.UniqueConstraint(fields=('client', 'subject_kind', 'subject_uid', 'key'), name='page_once'),
        ),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='page_number_once'),
        ),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'acknowledged'), _negated=True), ('acknowledged_at__isnull', False), _connector='OR'), name='page_acknowledged_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='answerlink',
            index=models.Index(fields=['key_hash'], name='answer_link_key'),
        ),
        migrations.AddConstraint(
            model_name='answerlink',
            constraint=models.UniqueConstraint(fields=('client', 'key_hash'), name='answer_link_once'),
        ),
        migrations.AddIndex(
            model_name='pageattempt',
            index=models.Index(fields=['page', 'at'], name='page_attempt_order'),
        ),
        migrations.AddConstraint(
            model_name='pageattempt',
            constraint=models.UniqueConstraint(fields=('client', 'page', 'position', 'person', 'channel'), name='page_attempt_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='override',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['roster', 'ends_at'], name='override_in_force'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='override_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(fields=('policy', 'order'), name='escalation_step_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('role', ''), ('roster__isnull', True)), models.Q(('person__isnull', True), ('role', ''), ('roster__isnull', False)), models.Q(('person__isnull', True), ('roster__isnull', True), models.Q(('role', ''), _negated=True)), _connector='OR'), name='escalation_step_names_one'),
        ),
        migrations.AddConstraint(
            model_name='rotationmember',
            constraint=models.UniqueConstraint(fields=('roster', 'order'), name='rotation_turn_once'),
        ),
        EnableRLS("Page"),
        EnableRLS("PageAttempt"),
        EnableRLS("AnswerLink"),
        CompositeForeignKey("PageAttempt", "page"),
        CompositeForeignKey("AnswerLink", "page"),
    ]
