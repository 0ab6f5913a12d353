import { readFileSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Constitution } from '../../domain/constitution.ts';
import { asFailure } from '../../domain/failure.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import {
  addDirectives,
  directivesText,
  latestDirectives,
  listDirectives,
} from '../../store/directives.ts';
import type { DirectiveVersion } from '../../store/directives.ts';
import type { Store } from '../../store/open.ts';
import { compileDirectives, versionOf } from './compile.ts';
import { faultLine } from './fault.ts';
import type { DirectiveFault } from './fault.ts';
import { replaceFile } from './replace-file.ts';
import type { Holidays } from './team.ts';

/** What the directives in force are made of. */
export interface InForceParts {
  /** The file; it may be missing until the first change is applied. */
  readonly path: string;
  /** The text that the settings were read from. It has no fault. */
  readonly text: string;
  readonly constitution: Constitution;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly holidays: Holidays;
}

/** What became of a change of the directives. */
export type Applied =
  | { readonly kind: 'applied'; readonly version: string; readonly before: string }
  | { readonly kind: 'unchanged'; readonly version: string }
  | { readonly kind: 'faulty'; readonly faults: readonly DirectiveFault[] }
  | { readonly kind: 'unknown-version' };

const LOOK_MS = 3000;
/** An editor may still be writing: a change is taken up when the file stood still this long. */
const STILL_MS = 200;
const HISTORY = 200;

/**
 * The directives in force: reads the file anew when it changes, keeps every version, journals each change. A text with a
 * fault never replaces a good one.
 */
export class DirectivesInForce {
  private readonly parts: InForceParts;
  private constitution: Constitution;
  private inForce: string;
  private fault: { readonly version: string; readonly told: string } | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private seen = '';

  constructor(parts: InForceParts) {
    this.parts = parts;
    this.constitution = parts.constitution;
    this.inForce = parts.text;
  }

  /** What code enforces now; frozen. */
  current(): Constitution {
    return this.constitution;
  }

  /** The text of what is in force. */
  text(): string {
    return this.inForce;
  }

  /** What is wrong with the file that was to come into force; null when it is in force. */
  problem(): string | null {
    return this.fault?.told ?? null;
  }

  /** Keeps the version of the start, unless it is the last one known, and begins to watch the file. */
  async start(): Promise<void> {
    const { db } = this.parts.store;
    await this.inTurn(async () => {
      const before = (await latestDirectives(db))?.version ?? null;
      if (before === this.constitution.version) return;
      await this.keep({ text: this.inForce, author: 'file', note: null, before });
    });
    this.seen = this.stamp();
    // It may have changed since the settings were read.
    await this.look();
    this.timer = setInterval(() => this.lookIfChanged(), LOOK_MS);
    this.timer.unref();
    this.listen();
  }

  /** Watches no longer; a change under way is finished. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.watcher?.close();
    await this.turn.catch(() => undefined);
  }

  /** Reads the file now, and takes it up when it is another text without a fault. */
  async look(): Promise<void> {
    await this.inTurn(async () => {
      const text = this.fileText();
      if (text === null || text === this.inForce) {
        this.fault = null;
        return;
      }
      const before = this.constitution.version;
      const compiled = compileDirectives(text, this.parts);
      if ('faults' in compiled) this.tell(text, compiled.faults);
      else {
        await this.keep({ text, author: 'file', note: null, before });
        this.swap(text, compiled.ok);
      }
    });
  }

  /** Puts a text in force and into the file. Throws `conflict` where the file cannot be written. */
  async apply(text: string, by: string, note: string | null): Promise<Applied> {
    return await this.inTurn(async (): Promise<Applied> => {
      const compiled = compileDirectives(text, this.parts);
      if ('faults' in compiled) return { kind: 'faulty', faults: compiled.faults };
      const { version } = compiled.ok;
      const before = this.constitution.version;
      const stands = this.fileText() === text;
      if (version === before && stands) return { kind: 'unchanged', version };
      // The file first: after a crash in between, the next start takes the file up and keeps its version.
      if (!stands) replaceFile(this.parts.path, text);
      if (version !== before) await this.keep({ text, author: by, note, before });
      this.swap(text, compiled.ok);
      return { kind: 'applied', version, before };
    });
  }

  /** Puts an earlier text in force again, as a new row of the history. */
  async revert(version: string, by: string): Promise<Applied> {
    const text = await directivesText(this.parts.store.db, version);
    if (text === undefined) return { kind: 'unknown-version' };
    return await this.apply(text, by, `back to ${version}`);
  }

  /** Every version that was in force, newest first. */
  async history(): Promise<DirectiveVersion[]> {
    return await listDirectives(this.parts.store.db, HISTORY);
  }

  /** One change after the other. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return await mine;
  }

  private async keep(given: {
    readonly text: string;
    readonly author: string;
    readonly note: string | null;
    readonly before: string | null;
  }): Promise<void> {
    const { store, clock } = this.parts;
    const { before, ...row } = given;
    const version = versionOf(given.text);
    await store.write(async ({ db, journal }) => {
      await addDirectives(db, { ...row, version, now: clock.now() });
      const data = { version, author: given.author, before };
      journal({ kind: 'directives.applied', subject: null, cycle: null, data });
    });
  }

  private swap(text: string, constitution: Constitution): void {
    const before = this.constitution.version;
    this.inForce = text;
    this.constitution = constitution;
    this.fault = null;
    this.parts.log.info({ version: constitution.version, before }, 'directives in force');
  }

  private tell(text: string, faults: readonly DirectiveFault[]): void {
    const version = versionOf(text);
    if (this.fault?.version === version) return;
    const lines = faults.map((fault) => faultLine(this.parts.path, fault));
    const inForce = this.constitution.version;
    this.fault = {
      version,
      told: `${lines[0] ?? ''}${lines.length > 1 ? ` (and ${lines.length - 1} more)` : ''}`,
    };
    this.parts.log.warn({ faults: lines, inForce }, 'directives have faults, the old ones stay');
  }

  private fileText(): string | null {
    try {
      return readFileSync(this.parts.path, 'utf8');
    } catch {
      return null;
    }
  }

  private stamp(): string {
    try {
      const { mtimeMs, size, ino } = statSync(this.parts.path);
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return '';
    }
  }

  // The folder, since an editor puts a new file in the place of the old one.
  private listen(): void {
    const { path, log } = this.parts;
    try {
      this.watcher = watch(dirname(path), { persistent: false }, (_kind, name) => {
        if (name === null || name === basename(path)) this.lookSoon();
      });
      this.watcher.on('error', () => this.watcher?.close());
    } catch (error) {
      log.debug({ kind: asFailure(error).kind }, 'the folder is not watched, only looked at');
    }
  }

  private lookIfChanged(): void {
    if (this.stamp() !== this.seen) this.lookSoon();
  }

  private lookSoon(): void {
    clearTimeout(this.soon);
    const stamp = this.stamp();
    this.soon = setTimeout(() => {
      if (this.stamp() !== stamp) this.lookSoon();
      else this.lookNow(stamp);
    }, STILL_MS);
    this.soon.unref();
  }

  private lookNow(stamp: string): void {
    this.seen = stamp;
    this.look().catch((error: unknown) => {
      this.seen = '';
      this.parts.log.warn({ kind: asFailure(error).kind }, 'the directives could not be kept');
    });
  }
}

/** The directives in force. Nothing is watched before `start`. */
export function directivesInForce(parts: InForceParts): DirectivesInForce {
  return new DirectivesInForce(parts);
}
