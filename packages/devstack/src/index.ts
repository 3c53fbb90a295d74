export { type ControlAnswer, type ControlRequest, sendControl, serveControl } from './control.ts';
export { freePort } from './port.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
export type { Hold } from './postgres-errands.ts';
export { type FaultProxy, type ProxyTarget, startProxy } from './proxy.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { RedisUnavailableError } from './redis-binary.ts';
export { type Stack, type StackOptions, type StackState, readStackState, startStack } from './stack.ts';
export { type WaitOptions, waitFor } from './wait.ts';
