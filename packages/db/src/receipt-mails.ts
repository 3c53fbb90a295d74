import { sql } from 'drizzle-orm';
import type { Db } from './client.ts';

const CLEANED_AT_ONCE = 100;

export interface WantedMail {
  readonly noticeId: string;
  /** A hash of the address. */
  readonly recipient: string;
  /** The most mails to this recipient within an hour. */
  readonly perHour: number;
}

/**
 * Counts a mail before it is sent. `false`: the recipient has had as many as it may within the last hour, and nothing was
 * counted. A mail that is tried again counts once. A failed one stays counted: it may have arrived.
 */
export async function countReceiptMail(
  db: Pick<Db, 'transaction'>,
  { noticeId, recipient, perHour }: WantedMail,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // One at a time for each recipient: two processes that count together would both find room for the last mail.
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`receipt mail ${recipient}`}, 0))`);
    await tx.execute(sql`
      DELETE FROM receipt_mails WHERE notice_id IN (
        SELECT notice_id FROM receipt_mails WHERE at <= now() - interval '1 hour'
        ORDER BY at LIMIT ${CLEANED_AT_ONCE} FOR UPDATE SKIP LOCKED)`);
    const { rowCount } = await tx.execute(sql`
      INSERT INTO receipt_mails (notice_id, recipient)
      SELECT ${noticeId}::uuid, ${recipient}
      WHERE (SELECT count(*) FROM receipt_mails
        WHERE recipient = ${recipient} AND at > now() - interval '1 hour' AND notice_id <> ${noticeId}) < ${perHour}
      ON CONFLICT (notice_id) DO UPDATE SET recipient = excluded.recipient, at = excluded.at`);
    return rowCount === 1;
  });
}
