#!/bin/sh
# Makes the secrets that compose.yaml mounts, once; what is there already is kept.
# The folder is closed to other users; the files are not, because the accounts inside the containers
# have other numbers than yours.
set -eu
folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
make_once() {
    if [ ! -e "$1" ]; then
        printf '%s\n' "$2" > "$1"
        chmod 444 "$1"
    fi
}

make_once postgres_password "$(random)"
make_once rabbitmq_password "$(random)"
make_once email_hmac_key "$(random)"
make_once slice_hmac_key "$(random)"
make_once webhook_hmac_key "$(random)"
make_once database_url "postgresql://ordertrail:$(cat postgres_password)@postgres:5432/ordertrail"
make_once amqp_url "amqp://ordertrail:$(cat rabbitmq_password)@rabbitmq:5672/%2F"
make_once rabbitmq.conf "default_user = ordertrail
default_pass = $(cat rabbitmq_password)
raft.wal_max_size_bytes = 67108864"
