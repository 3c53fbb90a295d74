'use client';

import { AdminHead } from '#components/admin/admin-head.tsx';
import { Flow } from '#components/admin/flow.tsx';
import { useLive } from '#components/admin/live.tsx';
import { StatusSentence } from '#components/admin/status-sentence.tsx';
import { Ledger } from './ledger.tsx';
import { StoreSwitches } from './store-switches.tsx';

/** Buttons that break stores, senders that continue meanwhile, and a count of the results. */
export function Sandbox() {
  const overview = useLive().data?.overview;
  return (
    <>
      <AdminHead title="Sandbox">
        Break the stores that were started here. For example: kill Redis, send 1,000 submissions, start Redis.
        The submissions are real, are accepted in the usual way, and appear in every list.
      </AdminHead>
      <StatusSentence />
      <div className="mt-6">{overview ? <Flow overview={overview} /> : null}</div>
      <div className="mt-6 grid gap-5">
        <Ledger />
        <StoreSwitches />
      </div>
    </>
  );
}
