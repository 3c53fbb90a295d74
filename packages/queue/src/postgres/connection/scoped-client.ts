import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { StatementNotAwaitedError } from '../../contract/errors.ts';
import type { Transaction } from '../../contract/transaction.ts';

/** Statements whose effect outlives the transaction, by the tag of their answer. `CREATE` may be a temporary table. */
const OUTLIVES = new Set([
  'CREATE',
  'DEALLOCATE',
  'DECLARE',
  'DISCARD',
  'LISTEN',
  'LOAD',
  'PREPARE',
  'RESET',
  'SET',
]);
/** What SET changes until the end of its transaction. */
const LOCAL = new Set(['local', 'transaction', 'constraints']);

const dialect = new PgDialect();

type NoTables = Record<string, never>;
type NoRelations = ExtractTablesWithRelations<NoTables>;

/**
 * The part of a pg client that runs statements, for as long as the code that it is lent to runs. After that a statement is refused:
 * it would land in another transaction on the same connection, or outside of any.
 */
export class ScopedClient {
  readonly #client: PoolClient;
  readonly #onLate: (error: StatementNotAwaitedError) => void;
  #running = 0;
  #closed = false;
  #leftTraces = false;

  constructor(client: PoolClient, onLate: (error: StatementNotAwaitedError) => void = () => {}) {
    this.#client = client;
    this.#onLate = onLate;
  }

  /** A statement has left something on the connection that outlives the transaction. */
  get leftTraces(): boolean {
    return this.#leftTraces;
  }

  /** Runs `work`, and closes when its promise settles. Rejects also where it resolves with a statement still running. */
  async lend<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await work(new ScopedTransaction(this));
      if (this.#running > 0) throw new StatementNotAwaitedError(false);
      return result;
    } finally {
      this.#closed = true;
    }
  }

  query(config: QueryConfig, values?: unknown[]): Promise<QueryResult> {
    return this.during(async () => {
      const answer = await this.#client.query(config, values);
      // Several statements in one text have several answers, which the types do not say.
      const tags = [answer].flat().map(({ command }) => command);
      if (tags.some((tag) => OUTLIVES.has(tag)) && !isLocal(config.text)) this.#leftTraces = true;
      return answer;
    });
  }

  /** Refuses after the end, and counts as running until then. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      const late = new StatementNotAwaitedError(true);
      this.#onLate(late);
      throw late;
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}

/** A nested transaction counts as running from its savepoint to its release. */
class ScopedTransaction extends NodePgTransaction<NoTables, NoRelations> {
  readonly #scope: ScopedClient;

  constructor(scope: ScopedClient) {
    // Drizzle calls nothing but `query`.
    const client = scope as unknown as PoolClient;
    super(dialect, new NodePgSession<NoTables, NoRelations>(client, dialect, undefined), undefined);
    this.#scope = scope;
  }

  override transaction<T>(work: (tx: NodePgTransaction<NoTables, NoRelations>) => Promise<T>): Promise<T> {
    return this.#scope.during(() => super.transaction(work));
  }
}

/** One statement that changes settings or constraints for its transaction. */
function isLocal(text: string): boolean {
  const [verb = '', scope = ''] = text.trim().toLowerCase().split(/\s+/, 2);
  return verb === 'set' && LOCAL.has(scope) && !text.trim().slice(0, -1).includes(';');
}
