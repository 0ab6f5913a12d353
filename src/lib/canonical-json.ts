function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** JSON with sorted keys and no blanks: the same value always gives the same bytes. For our own, shallow values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}
