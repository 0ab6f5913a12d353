/** What is read into memory at once, of rows whose size others decide: a body may have 25 MiB, a small container 512 MB. */
export const BYTES_AT_ONCE = 16 * 1024 * 1024;

/** So many of the first as have `most` bytes together; the first one in any case. */
export function firstWithin<T extends { readonly bytes: number }>(
  items: readonly T[],
  most: number,
): readonly T[] {
  let sum = 0;
  const end = items.findIndex(({ bytes }, place) => {
    sum += bytes;
    return place > 0 && sum > most;
  });
  return end === -1 ? items : items.slice(0, end);
}
