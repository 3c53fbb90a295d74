import {
  freePort,
  makeCertificate,
  startPostgres,
  startRedis,
  tlsSettings,
  waitFor,
} from '@spillway/devstack';
import { createQueue } from '@spillway/queue';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startWorkerProcess } from './process.ts';

const READY = { message: 'the worker to be ready' };
const USER = 'spillway';
const PASSWORD = 'p@ss/word';

test('a worker reaches both stores over TLS, as a separate user, and accepts only the configured certificates', async () => {
  const [certificate, other] = await Promise.all([makeCertificate(), makeCertificate()]);
  const tlsPort = await freePort();
  const [postgres, redis] = await Promise.all([
    startPostgres({ certificate }),
    startRedis({ settings: tlsSettings(certificate, tlsPort) }),
  ]);
  onTestFinished(async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  });
  await redis.command('ACL', 'SETUSER', USER, 'on', `>${PASSWORD}`, '~*', '+@all');
  const env = {
    DATABASE_URL: `${postgres.url}?sslmode=verify-full&sslrootcert=${certificate.certFile}`,
    REDIS_URL: `rediss://${USER}:${encodeURIComponent(PASSWORD)}@localhost:${tlsPort}`,
  };
  const worker = await startWorkerProcess({ ...env, NODE_EXTRA_CA_CERTS: certificate.certFile });
  onTestFinished(async () => void (await worker.end('SIGKILL')));
  await waitFor(worker.isReady, READY);
  await waitFor(
    async () => JSON.parse((await worker.get('/api/health/ready')).body).redis.keeps === 'disk',
    READY,
  );
  const clients = String(await redis.command('CLIENT', 'LIST'));
  expect(clients).toContain(`user=${USER}`);

  const suspicious = await startWorkerProcess({
    DATABASE_URL: `${postgres.url}?sslmode=verify-full&sslrootcert=${other.certFile}`,
    REDIS_URL: env.REDIS_URL,
  });
  onTestFinished(async () => void (await suspicious.end('SIGKILL')));
  await waitFor(
    () =>
      /self-signed certificate[^]*"store":"redis"|"store":"redis"[^]*self-signed certificate/.test(
        suspicious.output(),
      ),
    READY,
  );
  await waitFor(() => suspicious.output().includes('"event":"migration_waits"'), READY);
  expect((await suspicious.get('/api/health/ready')).status).toBe(503);

  const tls = { ca: await readFile(certificate.certFile, 'utf8') };
  const queue = createQueue({
    redis: { host: 'localhost', port: tlsPort, username: USER, password: PASSWORD, tls },
    postgres: env.DATABASE_URL,
  });
  onTestFinished(() => queue.close());
  const { id } = await queue.enqueue({ form: 'inbox', data: { sent: 'in private' } });
  await waitFor(async () => (await queue.status(id)).state === 'processed', READY);
});
