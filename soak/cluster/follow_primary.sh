#!/bin/sh
# Patroni's callback: leads PgBouncer to the node that has just become the primary.
#
#   follow_primary.sh INCLUDED CONNECTION PIDFILE ACTION ROLE CLUSTER
#
# INCLUDED is the file with the [databases] that pgbouncer.ini includes, CONNECTION what to write there ("host=... port=..."),
# PIDFILE PgBouncer's. Patroni adds the last three.
set -eu
case "$5" in master | primary) ;; *) exit 0 ;; esac
draft=$(mktemp "$1.XXXXXX")
printf '[databases]\ncentral = %s\n' "$2" >"$draft"
mv "$draft" "$1"
kill -HUP "$(cat "$3")"
