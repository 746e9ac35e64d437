# SPDX-License-Identifier: Apache-2.0
"""Models whose rows belong to no single client, each with the reason. Every other model is a `ClientModel`."""

GLOBAL_MODELS: dict[str, str] = {
    "tenancy.client": "the tenant itself; guarded by row-level security on its own id",
    "contenttypes.contenttype": "Django's list of models",
    "sessions.session": "looked up by its secret key before anybody is known",
    "auth.permission": "Django's own; unused, since permissions are declared in code",
    "auth.group": "Django's own; unused, since roles are declared in code",
}
