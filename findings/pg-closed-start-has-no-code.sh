#!/usr/bin/env bash
# node-postgres 8.23.1: a server (or a proxy in front of it) that accepts the connection and closes it before its first
# message gives an Error without `code`. Only the text tells it apart from other failures. One would expect ECONNRESET, as for
# a socket that is reset, or an SQLSTATE such as 08006. A check of `error.code` takes it for no failure of the connection.
# Seen: {"name":"Error","message":"Connection terminated unexpectedly"} for a closed start, {"code":"ECONNRESET"} for a reset
# one, {"code":"ECONNREFUSED"} where nothing listens.
# Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.23.1 > /dev/null
cat > seen.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:net';
import pg from 'pg';

async function failureWith(onConnection) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => onConnection(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  if (onConnection === undefined) await new Promise((resolve) => server.close(resolve));
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'u', database: 'd' });
  client.on('error', () => {});
  const failure = await client.connect().then(() => ({}), (error) => error);
  server.close();
  return { name: failure.name, code: failure.code, message: failure.message };
}

const closed = await failureWith((socket) => socket.end());
const reset = await failureWith((socket) => socket.resetAndDestroy());
const refused = await failureWith(undefined);
for (const [what, failure] of Object.entries({ closed, reset, refused }))
  console.log(`${what}: ${JSON.stringify(failure)}`);
const isAsSeen =
  closed.code === undefined &&
  closed.message === 'Connection terminated unexpectedly' &&
  reset.code === 'ECONNRESET' &&
  refused.code === 'ECONNREFUSED';
process.exitCode = isAsSeen ? 0 : 1;
JS
node seen.mjs
