import { randomBytes } from 'node:crypto';
import { sha256 } from './digest.ts';

/** A new API token: 256 random bits behind a prefix that secret scanners can recognise. */
export function newToken(): string {
  return `pma_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a token. */
export function tokenHash(token: string): string {
  return sha256(token);
}
