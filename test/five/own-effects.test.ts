import { describe, expect, test } from 'vitest';
import { connectorsOf } from '../../src/app-connectors.ts';
import { readConfig } from '../../src/config.ts';
import type { WriteCall, WriteOperation } from '../../src/domain/connector.ts';
import { fiveSettings, startFive } from '../helpers/five.ts';
import type { Five } from '../helpers/five.ts';
import { CHANNELS, PEOPLE } from '../../emulators/slack/slack-seed.ts';

const TEXT = 'It moves.';

/** Something to write on in each system. */
const INPUTS: Readonly<Record<string, (five: Five) => unknown>> = {
  'jira.add-comment': () => ({ issue: 'ECD-1', text: TEXT }),
  'github.add-comment': ({ github }) => {
    const title = 'Broken';
    return {
      repo: 'acme/web',
      number: github.openIssue('acme/web', 'mia-berg', { title }),
      text: TEXT,
    };
  },
  'bitbucket.add-comment': (five) => ({ ...pullRequestIn(five), text: TEXT }),
  'bitbucket.reply-comment': (five) => {
    const on = pullRequestIn(five);
    const place = { repo: 'web', id: on.pullRequest, by: authorIn(five) };
    return { ...on, comment: String(five.bitbucket.addComment(place, 'Why?').id), text: TEXT };
  },
  'slack.post-message': () => ({ channel: CHANNELS.payments, text: TEXT }),
  'slack.reply-thread': ({ slack }) => {
    const { ts } = slack.postMessage(PEOPLE.mia, CHANNELS.payments, 'How is it?');
    return { channel: CHANNELS.payments, thread: ts, text: TEXT };
  },
  'slack.send-direct': () => ({ user: PEOPLE.mia, text: TEXT }),
  'sentry.add-comment': ({ sentry }) => ({
    issue: sentry.captureError('web', { title: 'TypeError' }).row.id,
    text: TEXT,
  }),
};

const authorIn = ({ bitbucket }: Five) => [...bitbucket.state.accounts.keys()][0] ?? '';

function pullRequestIn(five: Five) {
  const wanted = { title: 'Part', branch: 'part' };
  const { id } = five.bitbucket.createPullRequest('web', authorIn(five), wanted);
  return { repository: 'acme/web', pullRequest: id };
}

const call = (marker: string): WriteCall => ({ marker, signal: AbortSignal.timeout(20_000) });

describe('what a store has forgotten is found at its target', () => {
  test.each(Object.keys(INPUTS))('%s', async (name) => {
    const five = await startFive();
    const env = fiveSettings(five, { push: false, poll: true, mode: 'production' });
    const connectors = await connectorsOf(readConfig(env), () => true);
    const found = connectors.flatMap((one) => one.operations).find((one) => one.name === name);
    const operation = found as WriteOperation;
    const { run, find, ours } = operation.write!;
    const input: unknown = operation.input.parse(INPUTS[name]!(five));
    const start = five.clock.now();
    await run(input, call('forgotten-1'));
    five.clock.move(60_000);
    const between = five.clock.now();
    five.clock.move(60_000);
    await run(input, call('forgotten-2'));

    const all = await ours!(input, start - 1_000, call('x'));
    const late = await ours!(input, between, call('x'));

    expect(all.map(({ marker }) => marker).sort()).toEqual(['forgotten-1', 'forgotten-2']);
    expect(late.map(({ marker }) => marker)).toEqual(['forgotten-2']);
    expect(late[0]!.at).toBeGreaterThanOrEqual(between);
    expect(await find!(input, call('forgotten-1'))).toMatchObject({
      id: all.find(({ marker }) => marker === 'forgotten-1')!.id,
    });
    expect(await find!(input, call('forgotten-3'))).toBeNull();
  });
});
