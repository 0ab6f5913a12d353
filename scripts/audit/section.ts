/** What one part of the audit found. `not-known` is no finding, and never a clean one. */
export interface Section {
  readonly name: string;
  readonly state: 'clean' | 'findings' | 'not-known';
  /** One fact a line, for people. */
  readonly lines: readonly string[];
}

/** Clean without findings. */
export function sectionOf(
  name: string,
  findings: readonly string[],
  clean: readonly string[],
): Section {
  return findings.length === 0
    ? { name, state: 'clean', lines: clean }
    : { name, state: 'findings', lines: findings };
}
