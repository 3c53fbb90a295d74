import { producerClock, workerClock } from './clock.ts';
import type { Fault } from './fault.ts';
import {
  postgresConnections,
  postgresDisk,
  postgresFreeze,
  postgresKill,
  postgresLock,
  postgresReadOnly,
  postgresRestart,
  postgresTerminate,
} from './postgres.ts';
import { producerSigkill, producerSigterm, workerFreeze, workerSigkill, workerSigterm } from './processes.ts';
import { redisBlackhole, redisHalfOpen, redisReset, redisSlow } from './redis-network.ts';
import {
  redisFailover,
  redisFlushall,
  redisFreeze,
  redisRestartEmpty,
  redisSigkill,
} from './redis-process.ts';
import {
  redisBusy,
  redisEviction,
  redisMaxClients,
  redisNoReplicas,
  redisOutOfMemory,
  redisPassword,
  redisPause,
  redisReadOnly,
} from './redis-refuses.ts';
import { webKill, webTerm } from './web.ts';

/** Every fault that we know how to make. */
export const FAULTS: readonly Fault[] = [
  redisSigkill,
  redisFreeze,
  redisRestartEmpty,
  redisFlushall,
  redisReadOnly,
  redisNoReplicas,
  redisOutOfMemory,
  redisEviction,
  redisPause,
  redisPassword,
  redisMaxClients,
  redisBusy,
  redisSlow,
  redisBlackhole,
  redisReset,
  redisHalfOpen,
  redisFailover,
  postgresKill,
  postgresRestart,
  postgresTerminate,
  postgresReadOnly,
  postgresLock,
  postgresConnections,
  postgresDisk,
  postgresFreeze,
  workerSigkill,
  workerFreeze,
  workerSigterm,
  workerClock,
  producerSigkill,
  producerSigterm,
  producerClock,
  webKill,
  webTerm,
];
