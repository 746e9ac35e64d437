# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import steward.core.tenancy.public
from django.conf import settings
from django.db import migrations, models

from steward.core.tenancy.public import CompositeForeignKey, EnableRLS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('assets', '0001_initial'),
        ('clients', '0001_initial'),
        ('files', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('is_default', models.BooleanField(default=False, help_text='For tickets that name no queue.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at', None)), name='ticket_queue_name_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='ticket_queue_default_once')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('number', models.CharField(editable=False, max_length=24)),
                ('kind', models.CharField(choices=[('incident', 'Incident'), ('service_request', 'Service request'), ('problem', 'Problem'), ('known_error', 'Known error')], max_length=16)),
                ('status', models.CharField(choices=[('new', 'New'), ('open', 'In progress'), ('waiting_client', 'Waiting for the client'), ('waiting_supplier', 'Waiting for a supplier'), ('scheduled', 'Scheduled'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='new', max_length=16)),
                ('impact', models.PositiveSmallIntegerField(choices=[(1, 'High'), (2, 'Medium'), (3, 'Low')])),
                ('urgency', models.PositiveSmallIntegerField(choices=[(1, 'High'), (2, 'Medium'), (3, 'Low')])),
                ('priority', models.CharField(help_text='From impact and urgency.', max_length=2)),
                ('tier', models.PositiveSmallIntegerField(default=1)),
                ('summary', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True, max_length=50000)),
                ('source', models.CharField(choices=[('console', 'Console'), ('api', 'API'), ('alert', 'Alert'), ('email', 'E-mail')], max_length=8)),
                ('opened_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('resolution', models.TextField(blank=True, max_length=50000)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1, help_text='Counts changes, so that nobody overwrites what they did not see.')),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('due_kind', models.CharField(blank=True, max_length=10)),
                ('reply_token', models.CharField(blank=True, editable=False, max_length=16)),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.queue')),
                ('requester', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.contact')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('internal', models.BooleanField()),
                ('by_client', models.BooleanField(default=False, help_text="Written by the client's side.")),
                ('automatic', models.BooleanField(default=False, help_text='Written by a machine.')),
                ('body', models.TextField(max_length=50000)),
                ('at', models.DateTimeField()),
                ('notice_uid', models.UUIDField(blank=True, help_text='The mail it went out by.', null=True)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='tickets.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='TicketLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('record_kind', models.CharField(max_length=64)),
                ('record_uid', models.UUIDField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='tickets.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('kind', models.CharField(max_length=64)),
                ('params', models.JSONField(default=dict)),
                ('public', models.BooleanField(help_text="Whether the client's people see it.")),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_name', models.CharField(blank=True, help_text='Of a machine; persons are named by their row.', max_length=120)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.message')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='timeline', to='tickets.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=steward.core.tenancy.public.UuidV7(), editable=False, unique=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.client')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='tickets.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('client', 'message', 'file'), name='ticket_attachment_once')],
            },
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['number'], name='ticket_by_number'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['client', '-opened_at'], name='ticket_of_client'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['-opened_at', '-id'], name='ticket_latest'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ('new', 'open', 'waiting_client', 'waiting_supplier', 'scheduled'))), fields=['due_at', 'id'], name='ticket_open_due'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ('new', 'open', 'waiting_client', 'waiting_supplier', 'scheduled'))), fields=['assignee'], name='ticket_open_of_person'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('asset__isnull', False)), fields=['asset'], name='ticket_of_asset'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'resolved')), fields=['resolved_at'], name='ticket_to_close'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='ticket_number_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('reply_token', ''), _negated=True), fields=('client', 'reply_token'), name='ticket_token_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['incident', 'service_request', 'problem', 'known_error'])), name='ticket_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['new', 'open', 'waiting_client', 'waiting_supplier', 'scheduled', 'resolved', 'closed'])), name='ticket_status_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['console', 'api', 'alert', 'email'])), name='ticket_source_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('impact__range', (1, 3)), ('tier__range', (1, 3)), ('urgency__range', (1, 3))), name='ticket_levels_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', True), ('status__in', ('new', 'open', 'waiting_client', 'waiting_supplier', 'scheduled'))), models.Q(('resolved_at__isnull', False), ('status__in', ('resolved', 'closed'))), _connector='OR'), name='ticket_resolved_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['ticket', 'at', 'id'], name='ticket_message_order'),
        ),
        migrations.AddIndex(
            model_name='ticketlink',
            index=models.Index(fields=['record_kind', 'record_uid'], name='ticket_link_record'),
        ),
        migrations.AddConstraint(
            model_name='ticketlink',
            constraint=models.UniqueConstraint(fields=('client', 'ticket', 'record_kind', 'record_uid'), name='ticket_link_once'),
        ),
        migrations.AddIndex(
            model_name='timelineentry',
            index=models.Index(fields=['ticket', 'at', 'id'], name='ticket_timeline_order'),
        ),
        EnableRLS("Ticket"),
        EnableRLS("Message"),
        EnableRLS("TimelineEntry", append_only=True),
        EnableRLS("TicketLink"),
        EnableRLS("Attachment"),
        CompositeForeignKey("Ticket", "asset"),
        CompositeForeignKey("Ticket", "requester"),
        CompositeForeignKey("Message", "ticket"),
        CompositeForeignKey("TimelineEntry", "ticket"),
        CompositeForeignKey("TimelineEntry", "message"),
        CompositeForeignKey("TicketLink", "ticket"),
        CompositeForeignKey("Attachment", "message"),
        CompositeForeignKey("Attachment", "file"),
    ]
