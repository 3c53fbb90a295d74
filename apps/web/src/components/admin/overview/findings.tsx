'use client';

import type { AppRouter } from '@spillway/api';
import { useQuery } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';

type Finding = inferRouterOutputs<AppRouter>['admin']['settings'][number];

const EVERY_MS = 60_000;
const SEVERITIES: Record<Finding['severity'], { readonly label: string; readonly tone: Tone }> = {
  danger: { label: 'Danger', tone: 'bad' },
  warning: { label: 'Warning', tone: 'warn' },
  notice: { label: 'Notice', tone: 'neutral' },
  ok: { label: 'Fine', tone: 'good' },
};

/** What the settings of a store could lose or slow down, worst first, with what to do about it. */
export function Findings({ store, isUp }: { store: Finding['store']; isUp: boolean }) {
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.admin.settings.queryOptions(undefined, { refetchInterval: EVERY_MS, retry: false }),
  );
  // A store that is away cannot be checked, and its card already says that it is away.
  const findings =
    data?.filter((finding) => finding.store === store && finding.setting !== 'connection') ?? [];
  if (!isUp || findings.length === 0) return null;
  const urgent = findings.filter(({ severity }) => severity === 'danger' || severity === 'warning');
  return (
    <details className="group border-t border-line pt-3 text-sm" open={urgent.length > 0 ? true : undefined}>
      <summary className="cursor-pointer rounded text-ink-soft hover:text-ink">
        {countOf(findings.length, 'setting')} checked,{' '}
        {urgent.length === 0 ? 'no problems' : countOf(urgent.length, 'problem')}
      </summary>
      <ul className="mt-3 grid gap-3">
        {findings.map((finding) => (
          <Item key={finding.setting} finding={finding} />
        ))}
      </ul>
    </details>
  );
}

function Item({ finding: { setting, value, severity, message, remedy } }: { finding: Finding }) {
  const { label, tone } = SEVERITIES[severity];
  return (
    <li className="grid gap-0.5">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={tone}>{label}</Badge>
        <code className="font-mono text-xs break-all">
          {setting} {value}
        </code>
      </p>
      <p className="text-ink-soft">{message}</p>
      {remedy ? <p>{remedy}</p> : null}
    </li>
  );
}
