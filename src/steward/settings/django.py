# SPDX-License-Identifier: Apache-2.0
"""Django's settings: everything here is derived from `env.Settings` and the secrets."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext_lazy as _

from steward.settings.env import get_settings
from steward.settings.rooms import ROOMS
from steward.settings.secrets import secret

_env = get_settings()
_base = urlsplit(_env.base_url)
_package = Path(__file__).resolve().parents[1]


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


DEBUG = _env.debug
SECRET_KEY = secret("django")
ALLOWED_HOSTS = [_base.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
ROOT_URLCONF = "steward.web.urls"
WSGI_APPLICATION = "steward.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"
SITE_ID = None

INSTALLED_APPS = [
    *[room for room in ROOMS if _there(f"{room}.apps")],
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "steward.web.middleware.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "steward.web.middleware.security_headers.SecurityHeadersMiddleware",
    "steward.web.middleware.static_files.StaticFilesMiddleware",
    "steward.web.middleware.cross_origin.CrossOriginMiddleware",
    "steward.core.identity.web_session.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "steward.web.middleware.person.PersonMiddleware",
    "steward.core.access.middleware.MfaRequiredMiddleware",
    "steward.core.access.middleware.ScopeMiddleware",
    "steward.core.ui.away.AwayMiddleware",
]
MIDDLEWARE = [each for each in MIDDLEWARE if not each.startswith("steward.") or _there(each.rpartition(".")[0])]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "steward.core.ui.context.shell",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    shared: dict[str, Any] = {
        "ENGINE": "steward.core.tenancy.backend",
        "STEWARD_ROLE": _env.database_role,
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    given = _env.database_owner_url if _env.database_role == "owner" else _env.database_url
    if given is None:
        return shared | {
            "NAME": _env.database_name,
            "USER": f"steward_{_env.database_role}",
            "PASSWORD": secret(f"db-{_env.database_role}"),
            "HOST": str(_env.runtime_dir / "pg"),
            "PORT": "5432",
        }
    url = urlsplit(given)
    return shared | {
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "OPTIONS": dict(parse_qsl(url.query)),
    }


DATABASES = {"default": _database()}

# Words
LANGUAGE_CODE = "en"
# A pseudo-locale: every marked text is bracketed and accented, so that what is not marked stands out.
PSEUDO_LOCALE = "en-xa"
LANG_INFO[PSEUDO_LOCALE] = {"bidi": False, "code": PSEUDO_LOCALE, "name": "Pseudo", "name_local": "[Þšéûðö]"}
LANGUAGES = [("en", _("English")), ("tr", _("Turkish")), (PSEUDO_LOCALE, "Pseudo")]
LOCALE_PATHS = [_package / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

# Static files: collected at set-up, served by the web process with their hash in the name.
STATIC_URL = "/static/"
STATIC_ROOT = _env.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "steward.web.middleware.static_files.KitStorage"},
}

# Sessions and cookies
_secure = _base.scheme == "https"
SESSION_ENGINE = "steward.core.identity.web_session"
SESSION_SERIALIZER = "steward.core.identity.web_session.SealedJson"
SESSION_COOKIE_NAME = "steward_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "steward_csrf"
CSRF_COOKIE_SECURE = _secure
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "steward.core.ui.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if _secure else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Sign-in
ACCOUNT_ADAPTER = "steward.core.identity.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # allauth asks for them; nobody can sign up
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proved by the link of the invitation
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  (a class, no password)
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "oidc_answer": "30/m/ip",  # of answers of a provider that nobody waits for
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/h/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "steward.core.identity.forms.SignInForm",
    "reset_password": "steward.core.identity.forms.ForgotForm",
    "reset_password_from_key": "steward.core.identity.forms.NewPasswordForm",
    "change_password": "steward.core.identity.forms.ChangePasswordForm",
    "set_password": "steward.core.identity.forms.SetPasswordForm",
    "reauthenticate": "steward.core.identity.forms.PasswordAgainForm",
}
MFA_ADAPTER = "steward.core.identity.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # allauth's own table of addresses is not used
MFA_TOTP_ISSUER = "Steward"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "steward.core.identity.forms.CodeForm",
    "reauthenticate": "steward.core.identity.forms.CodeAgainForm",
    "activate_totp": "steward.core.identity.forms.ActivateTotpForm",
    "add_webauthn": "steward.core.identity.forms.AddPasskeyForm",
    "edit_webauthn": "steward.core.identity.forms.EditPasskeyForm",
}
USERSESSIONS_TRACK_ACTIVITY = False  # a row written at every request
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "steward.core.identity.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Jobs
PROCRASTINATE_WORKER_DEFAULTS = {"update_heartbeat_interval": 5, "stalled_worker_timeout": 20}

# Mail: core.notify reads STEWARD_SMTP_URL itself; what Django and allauth send goes the same way.
EMAIL_BACKEND = "steward.core.notify.django_mail.NotifyBackend"
DEFAULT_FROM_EMAIL = _env.mail_from

LOGGING_CONFIG = None  # structlog is set up by the commands
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CACHES = {"default": {"BACKEND": "steward.core.identity.web_cache.WebCache"}}
