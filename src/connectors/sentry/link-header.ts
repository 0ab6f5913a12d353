/** Where the next page of a list begins; `null` at its end. Sentry always names a next page: only `results` tells. */
export function nextCursor(link: string | null): string | null {
  for (const part of (link ?? '').slice(0, 4_000).split(',')) {
    if (!part.includes('rel="next"') || !part.includes('results="true"')) continue;
    return /cursor="([\w:.-]{1,100})"/.exec(part)?.[1] ?? null;
  }
  return null;
}
