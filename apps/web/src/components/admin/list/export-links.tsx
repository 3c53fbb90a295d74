import type { ListFilter, ListName } from '@spillway/api';
import { Download } from 'lucide-react';
import { buttonVariants } from '#components/ui/button.tsx';
import { exportPath } from './filter.ts';

/** Downloads of all that matches, of any size. Plain links: the browser does the rest. */
export function ExportLinks({ list, filter }: { readonly list: ListName; readonly filter: ListFilter }) {
  return (
    <div role="group" aria-label="Export all that matches" className="flex items-center gap-2">
      {(['csv', 'ndjson'] as const).map((format) => (
        <a
          key={format}
          href={exportPath(list, format, filter)}
          download
          className={buttonVariants({ variant: 'outline', size: 'small' })}
        >
          <Download aria-hidden="true" />
          <span className="sr-only">Export as</span>
          {format.toUpperCase()}
        </a>
      ))}
    </div>
  );
}
