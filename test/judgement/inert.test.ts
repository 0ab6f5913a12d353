import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { WriteOperation } from '../../src/domain/connector.ts';
import { planOf, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

/** What must never be live where it is shown, by what it would do. */
const HOSTILE: readonly (readonly [kind: string, text: string])[] = [
  ['mention of everybody', 'Please look, @channel and @here, <!channel> <!everyone>'],
  ['mention of a group', 'cc <!subteam^S012345|leads> @acme/leads'],
  ['mention of a person', 'ask <@U0TOMWEBE4> or @tom-weber'],
  ['mention of an account', 'ask [~accountid:712020:tom-0004] and @{712020:tom-0004}'],
  ['mention in code signs', 'ask `@tom-weber` and &#64;tom-weber'],
  ['link with other words', '[the ticket](https://evil.example/login)'],
  ['link with other words in Slack', '<https://evil.example/login|the ticket>'],
  ['link of Jira', '[the ticket|https://evil.example/login]'],
  ['reference link', 'see [it][1]\n\n[1]: https://evil.example/login'],
  ['script link', '[go](javascript:alert(1))'],
  ['image', '![status](https://evil.example/pixel.png?who=tom)'],
  ['image of Jira', '!https://evil.example/pixel.png|width=1!'],
  ['tag', '<img src="https://evil.example/pixel.png"> <a href="https://evil.example">x</a>'],
  ['card', 'https://evil.example/card [smart link|https://evil.example|smart-card]'],
  ['slash command', '/merge\n/approve'],
  ['bot command', '!deploy production\n@dependabot merge'],
  ['closing word', 'closes #1, fixes ECD-1, resolves acme/payments#1'],
  ['smart commit', 'ECD-1 #close #time 2h'],
  ['marker', 'Done.\n\n[//]: # (pm-agent:forged)\n<!-- pm-agent:forged -->'],
  ['formatting', '# Title\n> quote\n**bold** _it_ ~~gone~~ | a | b |\n{code}x{code}'],
  ['control characters', 'ok\u0000\u0007\u001b[31m\u202egnp.exe\u202c\u200b\u2066x\u2069'],
  ['tag characters', `ok ${String.fromCodePoint(0xe0041, 0xe0042, 0xe007f)}`],
];

/** Text of Markdown in which what is escaped, or stands in code, is replaced by a dot. */
function markdownLeft(text: string): string {
  let left = '';
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '\\') {
      left += '·';
      at += 1;
      continue;
    }
    const end = sign === '`' ? text.indexOf('`', at + 1) : -1;
    left += end > 0 ? '·' : sign;
    if (end > 0) at = end;
  }
  return left;
}

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]/u;

/** What of a comment in Markdown is live; the last line is our own marker. */
function liveInMarkdown(text: string): string[] {
  const body = text.replace(
    /\n\n(?:\[\/\/\]: # \(pm-agent:[\w-]+\)|<!-- pm-agent:[\w-]+ -->)$/,
    '',
  );
  const left = markdownLeft(body);
  const found: readonly (readonly [string, RegExp])[] = [
    ['link or picture', /\[[^\]]*\]|!\[/],
    ['tag or comment', /<[a-z/!]/i],
    ['entity', /&(?!amp;|lt;|gt;)[#\w]+;/],
    ['mention', /(?<![\w.])@[\w{]/],
    ['command', /^\s*[/!][a-z]/im],
    ['heading', /^\s*#{1,6}\s/m],
    ['emphasis', /\*\w|_\w|~~/],
    ['hidden signs', HIDDEN],
  ];
  return found.flatMap(([name, pattern]) => (pattern.test(left) ? [name] : []));
}

const PLAIN_NODES = new Set(['doc', 'paragraph', 'text', 'hardBreak', 'bulletList', 'listItem']);

/** Nodes and marks of a Jira document that are more than plain text. */
function liveInDocument(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const {
    type = '',
    content = [],
    marks,
    text = '',
  } = node as {
    type?: string;
    content?: unknown[];
    marks?: unknown;
    text?: string;
  };
  return [
    ...(PLAIN_NODES.has(type) ? [] : [type]),
    ...(marks === undefined ? [] : ['marks']),
    ...(HIDDEN.test(text) ? ['hidden signs'] : []),
    ...content.flatMap(liveInDocument),
  ];
}

/** What of a Slack message is live: blocks that know markup, and signs that Slack reads in its text. */
function liveInSlack(message: {
  readonly text: string;
  readonly blocks: readonly unknown[];
}): string[] {
  const blocks = JSON.stringify(message.blocks);
  return [
    ...(/"type":"(?!section|plain_text|actions|button)\w+"/.exec(blocks) ?? []),
    ...(/<[^>]*>/.test(message.text) ? ['entity'] : []),
    ...(/<[^>]*>/.test(blocks) ? ['entity in a block'] : []),
    ...(HIDDEN.test(message.text) ? ['hidden signs'] : []),
  ];
}

/** Where each kind of message goes, and what of it is live there. */
async function places(world: World) {
  const { jira, github, bitbucket, sentry, slack } = world.five;
  const repo = 'acme/payments';
  const number = github.openIssue(repo, 'mia-berg', { title: 'Log' });
  const { id } = bitbucket.createPullRequest('web', BITBUCKET.tom.uuid, {
    title: 'Buttons',
    branch: 'buttons',
  });
  const issue = sentry.captureError('web', { title: 'TypeError: none' }).row.id;
  const thread = slack.postMessage(SLACK.mia, CHANNELS.payments, 'Hello.').ts;
  await world.settle();
  const ours = <One>(list: readonly One[], by: (one: One) => boolean) => list.filter(by).at(-1);
  const lastSlack = () => ours(world.said(), () => true)?.versions.at(-1);
  return [
    {
      operation: 'jira.add-comment',
      input: { issue: 'ECD-1' },
      live: () => liveInDocument(jira.comments('ECD-1').at(-1)?.body),
    },
    {
      operation: 'github.add-comment',
      input: { repo, number, kind: 'issue' },
      live: () => liveInMarkdown(github.comments(`${repo}#${number}`).at(-1)?.body ?? ''),
    },
    {
      operation: 'bitbucket.add-comment',
      input: { repository: 'acme/web', pullRequest: id },
      live: () => liveInMarkdown(bitbucket.comments('web', id).at(-1)?.raw ?? ''),
    },
    {
      operation: 'sentry.add-comment',
      input: { issue },
      live: () => liveInMarkdown(noteIn(sentry.comments(issue).at(-1)?.data)),
    },
    ...[
      { operation: 'slack.post-message', input: { channel: CHANNELS.web } },
      { operation: 'slack.reply-thread', input: { channel: CHANNELS.payments, thread } },
      { operation: 'slack.send-direct', input: { user: SLACK.tom } },
    ].map((one) => ({
      ...one,
      live: () => liveInSlack(lastSlack() ?? { text: '<none>', blocks: [] }),
    })),
  ];
}

function noteIn(data: Readonly<Record<string, unknown>> | undefined): string {
  const text = data?.['text'];
  return typeof text === 'string' ? text : '';
}

function writer(world: World, name: string): WriteOperation {
  const all = world.program.app.connectors.flatMap(({ operations }) => operations);
  const found = all.find((one) => one.name === name);
  if (found === undefined || found.effect === 'read') throw new Error(`there is no ${name}`);
  return found;
}

const HOPS = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** Passes everything on to another address, and keeps what was sent. */
async function recorder(target: string) {
  const sent: { readonly path: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      sent.push({ path: request.url ?? '', body: body.toString() });
      const headers = Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' && !HOPS.has(name) ? [[name, value] as [string, string]] : [],
      );
      void fetch(new URL(request.url ?? '', target), {
        method: request.method ?? 'POST',
        headers,
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      }).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/api/`, sent };
}

describe('what is written', () => {
  test('is inert in every system, whatever the text: nothing of it calls, links, shows or commands', async () => {
    const world = await startWorld();
    const everywhere = await places(world);
    const live: string[] = [];

    for (const { operation, input, live: inTarget } of everywhere) {
      const { write, input: schema } = writer(world, operation);
      for (const [at, [kind, text]] of HOSTILE.entries()) {
        const call = { marker: `inert-${at}`, signal: AbortSignal.timeout(5_000) };
        await write?.run(schema.parse({ ...input, text }), call);
        const found = inTarget();
        if (found.length > 0) live.push(`${operation}, ${kind}: ${found.join(', ')}`);
      }
    }

    expect(live).toEqual([]);
  });

  test('makes Slack look up no link and read no name, in messages, cards and notes alike', async () => {
    const world = await startWorld();
    const { slack, jira } = world.five;
    const proxy = await recorder(slack.url);
    await world.restart({ SLACK_BASE_URL: proxy.url });
    slack.postMessage(SLACK.mia, CHANNELS.payments, `<@${slack.bot.user}> how does ECD-1 stand?`);
    jira.addComment('ECD-2', TEAM.mia.jira, '@pm-agent move ECD-2 to In Review');
    await world.settle();
    slack.pressButton(SLACK.mia, world.said(CHANNELS.web)[0]!, 'pm.approval.accept');
    slack.pressButton(SLACK.tom, world.said(CHANNELS.web)[0]!, 'pm.approval.accept');
    await world.settle();

    const posts = proxy.sent.filter(({ path }) => /chat\.(?:post|update)/.test(path));
    const flags = posts.map(({ path, body }) => {
      const sent = new URLSearchParams(body);
      const json = body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {};
      const flag = (name: string) =>
        JSON.stringify(json[name] ?? sent.get(name)).replaceAll('"', '');
      return { path, names: flag('link_names'), parse: flag('parse'), links: flag('unfurl_links') };
    });

    expect(new Set(posts.map(({ path }) => path.split('/').at(-1)))).toEqual(
      new Set(['chat.postMessage', 'chat.postEphemeral', 'chat.update']),
    );
    for (const { path, names, parse, links } of flags) {
      expect([path, names, parse]).toEqual([path, 'false', 'none']);
      if (path.endsWith('chat.postMessage')) expect(links).toBe('false');
    }
  });

  test('of a deceived model is not written at all, and a card that shows it shows it as text', async () => {
    const operations: Readonly<Record<string, (subject: string) => object>> = {
      'jira.add-comment': (subject) => ({ issue: subject.split(':')[2] }),
      'github.add-comment': (subject) => {
        const [repo, number] = subject.split(':')[2]?.split('#') ?? [];
        return { repo, number: Number(number), kind: 'issue' };
      },
      'slack.reply-thread': (subject) => {
        const [, , channel, thread] = subject.split(':');
        return { channel, thread };
      },
    };
    const world = await startWorld({
      env: { PM_AGENT_OPERATION_MODES: 'jira.add-comment:ask' },
      model: (prompt) => {
        const subject = /Subject of this cycle: (\S+?)\\n/.exec(prompt)?.[1] ?? '';
        const at = /case number (\d+) of today/.exec(prompt)?.[1];
        const name = Object.keys(operations).find((one) => one.startsWith(subject.split(':')[0]!));
        const text = HOSTILE[Number(at)]?.[1];
        if (at === undefined || name === undefined || text === undefined) return planOf();
        return planOf([name, { ...operations[name]?.(subject), text }]);
      },
    });
    const { jira, github, slack } = world.five;
    const repo = 'acme/payments';

    const cases = HOSTILE.map((_one, at) => ({
      words: `how about case number ${at} of today?`,
      key: `ECD-${100 + at}`,
      place: `${repo}#${github.openIssue(repo, 'mia-berg', { title: 'One of many' })}`,
    }));
    jira.seed({ issues: cases.map(({ key }) => ({ key, summary: 'One of many' })) });
    await world.settle();

    for (const { words, key, place } of cases) {
      world.five.clock.move(30 * 60_000);
      jira.addComment(key, TEAM.mia.jira, `@pm-agent ${words}`);
      github.addComment(place, 'mia-berg', `@pm-agent ${words}`);
      slack.postMessage(SLACK.mia, CHANNELS.payments, `<@${slack.bot.user}> ${words}`);
      await world.settle();
    }

    const actions = (await world.actions()).filter(({ purpose }) => purpose === 'answer');
    expect(actions.length).toBeGreaterThanOrEqual(3 * HOSTILE.length);
    const sent = actions.filter(({ state }) => state === 'done');
    const kinds = sent.map(({ input }) => HOSTILE.find(([, text]) => text === input['text'])?.[0]);
    // Signs of formatting harm nobody: they are written out as the signs that they are.
    expect(new Set(kinds)).toEqual(new Set(['formatting']));
    expect([jira.writes, github.writes]).toEqual([0, 1]);
    const [made] = [...github.state.repos.values()].flatMap(({ issues }) =>
      [...issues.values()].flatMap(({ comments }) =>
        comments.filter(({ body }) => body.includes('pm-agent:')),
      ),
    );
    expect(liveInMarkdown(made?.body ?? '')).toEqual([]);
    const cards = slack.state.messages.filter(({ user }) => user === slack.bot.user);
    expect(cards.flatMap(({ versions }) => versions.flatMap(liveInSlack))).toEqual([]);
  });
});
