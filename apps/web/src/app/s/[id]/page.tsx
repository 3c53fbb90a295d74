import { originOf } from '@spillway/api';
import { formByName } from '@spillway/forms';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { Receipt } from '#components/receipt/receipt.tsx';
import { PublicFrame } from '#components/public-frame.tsx';
import { readHandoff } from '#lib/handoff.ts';
import { isFinal } from '#lib/states.ts';
import { pageLocale, pageWords } from '#server/words.ts';
import { server } from '#server.ts';

const LOOK_AGAIN_S = 3;

// The address opens the receipt, so search engines must not list it.
export async function generateMetadata(): Promise<Metadata> {
  const t = await pageWords();
  return { title: t('receipt.title'), robots: { index: false, follow: false } };
}

export default async function ReceiptPage({ searchParams }: PageProps<'/s/[id]'>) {
  const { status } = readHandoff(await headers());
  const { receipt: code } = await searchParams;
  // With a wrong code, the proxy has not let the request come here.
  if (!status || typeof code !== 'string') notFound();
  const formTitle =
    status.form === undefined ? undefined : formByName(status.form, await pageLocale())?.title;
  return (
    <PublicFrame>
      {isFinal(status) ? null : (
        <noscript>
          <meta httpEquiv="refresh" content={String(LOOK_AGAIN_S)} />
        </noscript>
      )}
      <Receipt
        initial={status}
        code={code}
        address={await addressOf(status.id, code)}
        formTitle={formTitle}
      />
    </PublicFrame>
  );
}

/** As the browser sees this site, so that the address can be kept and sent. */
async function addressOf(id: string, code: string): Promise<string> {
  const { SPILLWAY_BASE_URL, PORT } = server().config;
  const base = SPILLWAY_BASE_URL ?? originOf(await headers(), `http://localhost:${PORT}`);
  return new URL(`/s/${id}?receipt=${code}`, base).href;
}
