#!/bin/sh
# Makes compose/secrets once: random passwords, the connection strings that use them, one API key, the webhook key.
# Files that exist are left alone. The API key is printed: it is what clients send as `Authorization: Bearer …`.
set -eu
cd "$(dirname "$0")/secrets"
umask 077
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
make() { [ -s "$1" ] || printf '%s' "$2" >"$1"; }

make postgres_password "$(random)"
make redis_password "$(random)"
make database_url "postgres://hivis:$(cat postgres_password)@postgres:5432/hivis"
make redis_url "redis://:$(cat redis_password)@redis:6379/0"
make api_keys "default:$(random)"
make webhook_secret "whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
# Containers read them as other users than the one who made them.
chmod 0444 postgres_password redis_password database_url redis_url api_keys webhook_secret
echo "API key: $(cut -d: -f2- api_keys)"
