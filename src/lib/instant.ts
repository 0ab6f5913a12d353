// Jira writes the offset without a colon, which ISO 8601 forbids and not every parser reads; the others write one.
const WRITTEN = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:(Z)|([+-]\d{2}):?(\d{2}))$/;
const LATEST = 8.64e15;

/** An instant as outside systems write it (`2019-08-27T12:43:24.193-0700`, `...Z`, epoch milliseconds), or `null`. */
export function instantOf(value: unknown): number | null {
  if (typeof value === 'number') return isInstant(value) ? value : null;
  if (typeof value !== 'string') return null;
  const match = WRITTEN.exec(value);
  if (match === null) return null;
  const [, moment = '', zulu, hours = '', minutes = ''] = match;
  const at = Date.parse(moment + (zulu ?? `${hours}:${minutes}`));
  return isInstant(at) ? at : null;
}

function isInstant(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= LATEST;
}
