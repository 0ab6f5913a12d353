/** A line that went (`-`), came (`+`) or stayed (` `). */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

// Beyond this many comparisons the middle is shown as replaced: exact, only longer than it need be.
const MOST_CELLS = 4_000_000;

/** What changed between two texts, line by line. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const from = before.split('\n');
  const to = after.split('\n');
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (
    end < from.length - start &&
    end < to.length - start &&
    from[from.length - 1 - end] === to[to.length - 1 - end]
  ) {
    end += 1;
  }
  return [
    ...from.slice(0, start).map(same),
    ...middle(from.slice(start, from.length - end), to.slice(start, to.length - end)),
    ...from.slice(from.length - end).map(same),
  ];
}

const same = (text: string): DiffLine => ({ sign: ' ', text });
const gone = (text: string): DiffLine => ({ sign: '-', text });
const come = (text: string): DiffLine => ({ sign: '+', text });

function middle(from: readonly string[], to: readonly string[]): DiffLine[] {
  if (from.length * to.length > MOST_CELLS) return [...from.map(gone), ...to.map(come)];
  const common = commonLengths(from, to);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    const old = from[i];
    const fresh = to[j];
    if (old !== undefined && old === fresh) {
      lines.push(same(old));
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(old));
      i += 1;
    } else {
      lines.push(come(fresh ?? ''));
      j += 1;
    }
  }
  return lines;
}

/** For each pair of positions: how many lines the rests have in common, in order. */
function commonLengths(from: readonly string[], to: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i -= 1) {
    const row = rows[i];
    const below = rows[i + 1];
    if (row !== undefined && below !== undefined) fill({ row, below, to, line: from[i] });
  }
  return rows;
}

function fill(given: {
  readonly row: Uint32Array;
  readonly below: Uint32Array;
  readonly to: readonly string[];
  readonly line: string | undefined;
}): void {
  const { row, below, to, line } = given;
  for (let j = to.length - 1; j >= 0; j -= 1) {
    row[j] = line === to[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
}

/** Only the changed lines, each with up to two unchanged ones around it; `...` stands for what is left out. */
export function shortDiff(lines: readonly DiffLine[]): string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - 2), at + 3).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap(({ sign, text }, at) => {
    if (near[at] === true) return [`${sign} ${text}`.trimEnd()];
    return near[at - 1] === true ? ['...'] : [];
  });
}
