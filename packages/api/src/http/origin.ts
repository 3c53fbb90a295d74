/**
 * The origin under which a browser sees this server. Frameworks put the address they listen on into
 * `request.url`; what the browser asked for stands in the headers. Good for links back to the sender, and to
 * compare with `Origin`; not proof of anything else.
 */
export function originOf(headers: Headers, fallbackUrl: string): string {
  const fallback = new URL(fallbackUrl);
  const host = first(headers.get('x-forwarded-host')) ?? headers.get('host') ?? fallback.host;
  const protocol = first(headers.get('x-forwarded-proto'))?.toLowerCase();
  const scheme = protocol === 'http' || protocol === 'https' ? `${protocol}:` : fallback.protocol;
  return URL.canParse(`${scheme}//${host}`) ? new URL(`${scheme}//${host}`).origin : fallback.origin;
}

/**
 * Whether a request that changes something, or costs something, comes from a page of ours, or from the person alone (`none`: an address
 * typed in, a page restored). Browsers say where a request comes from; what says nothing is no browser, and carries
 * no cookie that it did not mean to send. A page may not be another one under the same domain either.
 */
export function isSameOrigin(headers: Headers, ownOrigin: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  return origin === null || origin === ownOrigin;
}

function first(list: string | null): string | undefined {
  return list?.split(',', 1)[0]?.trim() || undefined;
}
