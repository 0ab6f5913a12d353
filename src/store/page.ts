/** One page of a list, newest first. `next` is the cursor of the following page, or null at the end. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
  readonly total: number;
}

export interface PageRequest {
  readonly limit: number;
  /** A cursor from an earlier page; absent for the first. */
  readonly cursor?: string | undefined;
}

/** Cuts one row more than asked for into a page; `at` gives the cursor of a row. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  total: number,
  make: { limit: number; at: (row: Row) => string; item: (row: Row) => T },
): Page<T> {
  const shown = rows.slice(0, make.limit);
  const last = shown.at(-1);
  const more = rows.length > make.limit && last !== undefined;
  return { items: shown.map(make.item), next: more ? make.at(last) : null, total };
}
