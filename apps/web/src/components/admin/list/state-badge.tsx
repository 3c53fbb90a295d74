import type { SubmissionView } from '@spillway/api';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { duration } from '#lib/words.ts';

type State = SubmissionView['state'];

/** A state in an operator's words. */
const STATE_WORDS: Record<State, { readonly label: string; readonly tone: Tone }> = {
  received: { label: 'Accepted', tone: 'neutral' },
  scheduled: { label: 'Scheduled', tone: 'neutral' },
  waiting: { label: 'Waiting', tone: 'neutral' },
  processing: { label: 'Processing', tone: 'accent' },
  processed: { label: 'Processed', tone: 'good' },
  failed: { label: 'Dead', tone: 'bad' },
  discarded: { label: 'Discarded', tone: 'neutral' },
  missing: { label: 'Missing', tone: 'bad' },
};

interface StateBadgeProps {
  readonly row: {
    readonly state: State;
    readonly runAt?: string;
    readonly isGone?: boolean;
  };
  /** By the server's clock. */
  readonly now: number;
}

export function StateBadge({ row, now }: StateBadgeProps) {
  if (row.isGone) return <Badge tone="good">Left this list</Badge>;
  const { label, tone } = STATE_WORDS[row.state];
  const dueInMs = row.runAt === undefined ? 0 : Date.parse(row.runAt) - now;
  return (
    <Badge tone={tone}>{row.state === 'scheduled' && dueInMs > 0 ? `In ${duration(dueInMs)}` : label}</Badge>
  );
}
