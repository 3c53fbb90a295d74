import { ExactNumber } from '#lib/json-tree.ts';

/** The layout of more nodes takes the browser seconds, and people do not read as many in a tree. */
const MAX_SHOWN = 200;

/** A JSON value as nested lists that fold. Text is shown as data: quoted and escaped, never as markup. */
export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="overflow-x-auto font-mono text-[13px] leading-6">
      <Entry value={value} />
    </div>
  );
}

/** One value, behind its name if it has one. */
function Entry({ name, value }: { name?: string; value: unknown }) {
  const label = name === undefined ? null : <span className="text-ink-soft">{name}: </span>;
  const branch = branchOf(value);
  if (!branch) {
    return (
      <div className="break-words whitespace-pre-wrap">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const [open, close] = branch.brackets;
  const rest = branch.entries.length - MAX_SHOWN;
  return (
    <details open>
      <summary className="w-fit cursor-pointer list-none rounded text-ink-soft hover:text-ink">
        {label}
        {branch.entries.length === 0 ? `${open}${close}` : `${open} ${branch.entries.length} ${close}`}
      </summary>
      <div className="ml-1 border-l border-line pl-4">
        {branch.entries.slice(0, MAX_SHOWN).map(([key, item]) => (
          <Entry key={key} name={key} value={item} />
        ))}
        {rest > 0 ? (
          <p className="font-sans text-ink-soft">{rest.toLocaleString('en')} more: see them as text.</p>
        ) : null}
      </div>
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (value instanceof ExactNumber) return <span className="text-accent-strong">{value.source}</span>;
  if (typeof value === 'string') return JSON.stringify(value);
  return <span className="text-warn">{String(value)}</span>;
}

interface Branch {
  readonly entries: readonly (readonly [string, unknown])[];
  readonly brackets: '[]' | '{}';
}

function branchOf(value: unknown): Branch | undefined {
  if (Array.isArray(value))
    return { entries: value.map((item, index) => [String(index), item]), brackets: '[]' };
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return undefined;
  return { entries: Object.entries(value).map(([key, item]) => [JSON.stringify(key), item]), brackets: '{}' };
}
