#!/usr/bin/env bash
# Redis 7.0.15 (Debian 12): after `CONFIG SET appendonly yes` on a running server, CONFIG GET and INFO say at once that the log
# is on and synced always. Until the first rewrite has ended there is no log that a restart would read: a write that was
# acknowledged meanwhile is lost by kill -9. One would expect either a log from that moment on, or settings that say when.
# `rdb-key-save-delay` only makes the rewrite last long enough to look at; on a large data set it lasts by itself.
# Seen: "appendonly yes, appendfsync always, aof_enabled:1, aof_rewrite_in_progress:1"; after kill -9 and a start with
# appendonly yes: the key that was acknowledged is gone. After the rewrite has ended, the same key stays.
# Exits with 1 if that has changed. Needs Debian's apt-get; nothing is installed outside a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq redis-server redis-tools liblzf1 libjemalloc2 libatomic1 > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
lib=$(dirname "$(find unpacked -name 'libjemalloc.so.2' | head -n 1)")
export LD_LIBRARY_PATH="$PWD/$lib"
bin="$PWD/unpacked/usr/bin"
port=$((20000 + RANDOM % 20000))
cli() { "$bin/redis-cli" -p "$port" "$@"; }
start() {
  mkdir -p data
  (cd data && exec "$bin/redis-server" --port "$port" --bind 127.0.0.1 --save '' --enable-debug-command yes "$@" > log 2>&1) &
  server=$!
  disown "$server"
  for _ in $(seq 100); do
    [ "$(cli ping 2> /dev/null || true)" = PONG ] && return
    sleep 0.1
  done
  echo 'Redis did not start.' >&2
  exit 2
}
crash() {
  kill -9 "$server"
  while kill -0 "$server" 2> /dev/null; do sleep 0.1; done
}

"$bin/redis-server" --version
start --appendonly no
for n in $(seq 50); do echo "SET filler:$n $n"; done | cli > /dev/null
cli config set rdb-key-save-delay 200000 > /dev/null
cli config set appendfsync always > /dev/null
cli config set appendonly yes > /dev/null
says="$(cli config get appendonly | tail -n 1) $(cli config get appendfsync | tail -n 1) $(cli info persistence | tr -d '\r' | grep -E '^aof_(enabled|rewrite_in_progress)' | tr '\n' ' ')"
echo "reads as: $says"
echo "acknowledged: $(cli set while-it-begins kept)"
crash
start --appendonly yes --appendfsync always
during=$(cli get while-it-begins)
echo "after kill -9 during the first rewrite: '${during}'"
crash
rm -rf data

start --appendonly no
cli config set appendfsync always > /dev/null
cli config set appendonly yes > /dev/null
until cli info persistence | tr -d '\r' | grep -q '^aof_rewrite_in_progress:0' && cli info persistence | tr -d '\r' | grep -q '^aof_rewrite_scheduled:0'; do sleep 0.1; done
cli set after-it-began kept > /dev/null
crash
start --appendonly yes --appendfsync always
after=$(cli get after-it-began)
echo "after kill -9 once the rewrite has ended: '${after}'"

[ "$says" = 'yes always aof_enabled:1 aof_rewrite_in_progress:1 ' ] && [ -z "$during" ] && [ "$after" = kept ]
