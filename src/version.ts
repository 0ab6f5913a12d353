import { readFileSync } from 'node:fs';
import { z } from 'zod';

function readVersion(): string {
  // One level up from `src`, two from a built `dist/src`.
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8');
      return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

/** The version of this program, from its package. */
export const VERSION = readVersion();
