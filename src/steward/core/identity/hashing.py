# SPDX-License-Identifier: Apache-2.0
"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id above OWASP's floor (46 MiB, one pass): 46 MiB and two passes in one thread.

    Django's own 100 MiB in eight threads lets a few sign-ins at once take the memory and the cores of a small machine.
    """

    time_cost = 2
    memory_cost = 47104  # KiB
    parallelism = 1
