# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files of the deployed apps: what people compare between environments, with secrets that nobody may see."""

import json
import os
import secrets
import time

DAY = 86400

# What differs between the environments on purpose; the rest is the same everywhere.
TIERS = {
    "production": {"APP_ENV": "production", "WEB_CONCURRENCY": "4", "DB_POOL": "40", "REQUEST_TIMEOUT": "30s", "LOG_LEVEL": "info",
                   "FEATURE_GIFT_CARDS": "false"},
    "staging": {"APP_ENV": "staging", "WEB_CONCURRENCY": "2", "DB_POOL": "10", "REQUEST_TIMEOUT": "90s", "LOG_LEVEL": "debug",
                "FEATURE_GIFT_CARDS": "true", "GIFT_CARD_URL": "https://cards.example.com/v2"},
}
# The differences that the people of the lab have agreed to.
AGREED = (
    ("env", "APP_ENV", "each environment says its own name"),
    ("env", "WEB_CONCURRENCY", "staging is a quarter of the size"),
    ("env", "DB_POOL", "staging is a quarter of the size"),
    ("env", "LOG_LEVEL", "staging is read by developers"),
    ("env", "DATABASE_URL", "each environment has its own database"),
    ("env", "SECRET_KEY_BASE", "each environment has its own key"),
    ("env", "PAYMENT_API_KEY", "staging pays with the test account"),
    ("app", "cache.password", "each environment has its own cache"),
    ("app", "pool.max", "staging is a quarter of the size"),
)


def tier_of(environment):
    return "staging" if environment.endswith("staging") else "production"


def planted(lab, environment):
    """The secrets of an environment, made once; the session key is the same everywhere, which is a fault worth seeing."""
    known = lab.state.setdefault("planted", {})
    shared = known.setdefault("shared", {"SESSION_SECRET": secrets.token_hex(32)})
    if environment not in known:
        live = "live" if tier_of(environment) == "production" else "test"
        known[environment] = {"database": secrets.token_urlsafe(24), "SECRET_KEY_BASE": secrets.token_hex(64),
                              "PAYMENT_API_KEY": f"sk_{live}_{secrets.token_hex(16)}"}
    return known[environment] | shared


def _env(lab, web):
    values, hidden = dict(TIERS[tier_of(web["environment"])]), planted(lab, web["environment"])
    database = web["environment"].replace("-", "_")
    lines = [f"# Settings of {web['app']}, read at its start", *(f"{key}={value}" for key, value in values.items()),
             f"DATABASE_URL=postgres://{web['app']}:{hidden['database']}@db.{web['app']}.example:5432/{database}?sslmode=verify-full",
             f"SECRET_KEY_BASE={hidden['SECRET_KEY_BASE']}", f"SESSION_SECRET='{hidden['SESSION_SECRET']}'",
             f"PAYMENT_API_KEY=\"{hidden['PAYMENT_API_KEY']}\"", 'MAIL_FROM="Orders <orders@shop.example>"']
    return "\n".join(lines) + "\n"


def _app(lab, web):
    is_staging = tier_of(web["environment"]) == "staging"
    return f"""# Pool and limits of {web['app']}
defaults: &defaults
  idle_timeout: 90s
  keepalive: true
pool:
  <<: *defaults
  max: {10 if is_staging else 40}
limits:
  requests: [100, 1000]
  upload_bytes: 10485760
cache:
  servers:
    - cache1.{web['app']}.example:6379
  password: {planted(lab, web['environment'])['database'][::-1]}
"""


def write_settings(lab):
    for web in lab.state["web"].values():
        shared = os.path.join(web["folder"], "shared")
        for name, text in ((".env", _env(lab, web)), ("config/app.yaml", _app(lab, web))):
            path = os.path.join(shared, name)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            os.chmod(path, 0o640)


def config_entries(lab, app, names, database=True):
    """What the inventory reads of them."""
    entries = []
    for entry, source, name in (("env", "dotenv", ".env"), ("app", "yaml", "config/app.yaml")):
        entries.append({"id": entry, "source": source, "hosts": names,
                        "path": f"{lab.state['hosts'][names[0]]['srv']}/{app}/shared/{name}"})
    if database:
        entries += [{"id": "settings", "source": "pg_settings", "database": "main"},
                    {"id": "schema", "source": "pg_schema", "database": "main"}]
    return entries


def expected_differences(now):
    until = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(now + 90 * DAY))
    since = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(now - 30 * DAY))
    both = ["shop-production", "shop-staging", "ledger-production", "ledger-staging"]
    return json.dumps({"version": 1, "expected": [
        {"entry": entry, "key": key, "environments": both, "reason": reason, "author": "ada", "since": since, "until": until}
        for entry, key, reason in AGREED]}, indent=2) + "\n"
