/** The known name that a mistyped one most likely meant, or `null` when none is close. */
function nearest(wrong: string, known: readonly string[]): string | null {
  const asked = wrong.toLowerCase().slice(0, 100);
  const most = Math.max(1, Math.floor(asked.length / 3));
  const ranked = known
    .map((name) => ({ name, steps: distance(asked, name.toLowerCase()) }))
    .filter(({ steps }) => steps <= most)
    .sort((left, right) => left.steps - right.steps);
  return ranked[0]?.name ?? null;
}

/** "Did you mean x?", or what there is to choose from. */
export function hint(wrong: string, known: readonly string[]): string {
  const meant = nearest(wrong, known);
  if (meant !== null) return `Did you mean ${meant}?`;
  if (known.length === 0) return 'Leave it out';
  const shown = known.slice(0, 12).join(', ');
  return `Use one of ${shown}${known.length > 12 ? ', ...' : ''}`;
}

/** Single letters to change, add or drop until one word is the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const swap = (row[j - 1] ?? 0) + same;
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? from.length;
}
