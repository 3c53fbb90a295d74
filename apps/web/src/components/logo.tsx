/** Two streams: one runs straight on, the other goes over the spillway. */
function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" fill="none" strokeLinecap="round">
      <path d="M3 11.5h26" stroke="currentColor" strokeWidth="3.5" />
      <path d="M9 11.5c6.5 0 5.5 11 12.5 11H29" stroke="var(--accent)" strokeWidth="3.5" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-[1.05rem] font-semibold tracking-tight text-ink">
      <Mark className="size-7" />
      Spillway
    </span>
  );
}
