import { Paused, Resumed } from '../http/contract-judgement.ts';
import { Failure } from '../domain/failure.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

const SPAN = /^(?<count>\d{1,5})(?<unit>m|h|d)$/;
const MINUTES = { m: 1, h: 60, d: 24 * 60 } as const;

/** `30m`, `2h`, `1d` as minutes. Throws `invalid-input`. */
export function minutesOf(span: string): number {
  const groups = SPAN.exec(span)?.groups;
  const unit = groups?.['unit'];
  if (groups === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd')) {
    throw new Failure('invalid-input', `--for ${span} is no span of time`, {
      fix: 'Give minutes, hours or days, e.g. --for 30m, --for 2h, --for 1d.',
    });
  }
  return Number(groups['count']) * MINUTES[unit];
}

const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** Stops everything that goes out, for a while or until `resume`. */
export async function pauseAgent(
  given: Given,
  options: { readonly for?: string | undefined },
): Promise<number> {
  const body = options.for === undefined ? {} : { minutes: minutesOf(options.for) };
  const client = apiClient(given);
  const paused = await client.post('/api/pause', body, Paused);
  const isOpen = options.for === undefined;
  const until = isOpen ? 'until pm-agent resume' : `until ${minute(paused.until)}`;
  given.out.result(paused, [
    `Paused ${until}. Nothing leaves; listening goes on.`,
    'next: pm-agent resume',
  ]);
  return EXIT.done;
}

/** Lets things go out again. */
export async function resumeAgent(given: Given): Promise<number> {
  const resumed = await apiClient(given).post('/api/resume', {}, Resumed);
  const waited =
    resumed.woken === 1 ? '1 action that waited is' : `${resumed.woken} actions that waited are`;
  given.out.result(resumed, [`Resumed. ${waited} judged again now.`]);
  return EXIT.done;
}
