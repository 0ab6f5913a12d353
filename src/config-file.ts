import { readFileSync } from 'node:fs';

/** The file in the working folder, or the one of that name that came with the program; `null` without either. */
export function readFileNear(path: string): string | null {
  // One level up from `src`, two from a built `dist/src`.
  const places = [
    path,
    new URL(`../${path}`, import.meta.url),
    new URL(`../../${path}`, import.meta.url),
  ];
  for (const place of places) {
    try {
      return readFileSync(place, 'utf8');
    } catch {
      continue;
    }
  }
  return null;
}
