'use client';

import { useMemo, useState } from 'react';
import { CopyButton } from '#components/copy-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { parseTree } from '#lib/json-tree.ts';
import { JsonTree } from './json-tree.tsx';

/** The payload, shown as data: never as markup, and each number with its original digits. */
export function Payload({ text }: { readonly text: string | undefined }) {
  const [asText, setAsText] = useState(false);
  const tree = useMemo(() => (text === undefined ? undefined : parseTree(text)), [text]);
  return (
    <Card aria-labelledby="payload-title">
      <div className="flex min-h-14 flex-wrap items-center justify-between gap-3 border-b border-line px-5 py-2.5">
        <h2 id="payload-title" className="font-semibold">
          Payload
        </h2>
        {text === undefined ? null : (
          <div className="flex gap-2">
            {tree ? (
              <Button variant="quiet" size="small" aria-pressed={asText} onClick={() => setAsText(!asText)}>
                As JSON text
              </Button>
            ) : null}
            <CopyButton text={text} />
          </div>
        )}
      </div>
      <div className="p-5">
        {text === undefined ? (
          <p className="text-sm text-ink-soft">
            The queue no longer holds the payload of a processed submission; the application has what its
            handler stored.
          </p>
        ) : tree && !asText ? (
          <JsonTree value={tree.root} />
        ) : (
          <pre className="font-mono text-[13px] leading-6 break-all whitespace-pre-wrap">{text}</pre>
        )}
      </div>
    </Card>
  );
}
