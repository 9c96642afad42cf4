#!/bin/sh
# make-secrets.sh [FOLDER]: makes the secrets once (compose/secrets unless told otherwise): random passwords, the connection
# strings that use them, one API key, the webhook key, empty S3 keys. Files that exist are left alone.
# The API key is printed: it is what clients send as `Authorization: Bearer …`.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
cd "$folder"
umask 077
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
make() { [ -e "$1" ] || printf '%s' "$2" >"$1"; }

make postgres_password "$(random)"
make redis_password "$(random)"
make database_url "postgres://hivis:$(cat postgres_password)@postgres:5432/hivis"
make redis_url "redis://:$(cat redis_password)@redis:6379/0"
make api_keys "default:$(random)"
make webhook_secret "whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
make s3_access_key_id ''
make s3_secret_access_key ''
# For Prometheus (compose.monitoring.yaml): the first key alone.
[ -e metrics_api_key ] || cut -d, -f1 api_keys | cut -d: -f2- | tr -d '\n' >metrics_api_key
# Containers read them as other users than the one who made them; the folder itself is closed to everybody else.
chmod 0444 -- *
echo "API key: $(cat metrics_api_key)"
