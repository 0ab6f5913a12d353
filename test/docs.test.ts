import { expect, test, vi } from 'vitest';
import { runCli } from '../src/cli/program.ts';
import { namesIn, textOf } from './helpers/deploy-files.ts';

const PAGES = [
  'README.md',
  'deploy/kubernetes/README.md',
  ...namesIn('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
// In containers the name of a service stands for the program.
const COMMAND =
  /(?:^|[ ;])(?<!-n )(?:pm-agent|compose run [^`\n]*?scheduler|bin\/pm-agent\.js)(?<words>(?: [a-z][a-z-]*)+)(?<rest>[^`#\n;|]*)/g;

interface Told {
  readonly page: string;
  readonly words: readonly string[];
  readonly options: readonly string[];
}

/** What stands as code: between backticks or in a block. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, code]) => code ?? '');
  const rest = text.replace(/^```[^]*?^```/gm, '');
  return [...blocks, ...[...rest.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')];
}

const told = PAGES.flatMap((page) =>
  codeOf(textOf(page)).flatMap((code) =>
    [...code.replaceAll(/\s*\\?\n/g, '\n').matchAll(COMMAND)].map(({ groups }): Told => {
      const options = groups?.['rest']?.match(/--[a-z-]+/g) ?? [];
      return { page, words: groups?.['words']?.trim().split(' ') ?? [], options };
    }),
  ),
);

async function helpOf(words: readonly string[]): Promise<string> {
  const out: string[] = [];
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out.push(String(text));
    return true;
  });
  await runCli(['node', 'pm-agent', ...words, '--help']).finally(() => written.mockRestore());
  return out.join('');
}

/** What is wrong with a command of a page; null when the program knows it and its options. */
async function faultOf({ words, options }: Told): Promise<string | null> {
  const help = await helpOf(words);
  const usage = /^Usage: pm-agent (?<path>(?:[a-z-]+ )*)(?<rest>.*)$/m.exec(help)?.groups;
  const path = usage?.['path']?.trim().split(' ').filter(Boolean) ?? [];
  const isGroup = usage?.['rest']?.includes('[command]') === true;
  if (path.length === 0 || (isGroup && words.length > path.length)) return 'no such command';
  const known = `${help} --json --quiet --no-color --url --token-stdin`;
  const strange = options.filter((option) => !known.includes(option));
  return strange.length === 0 ? null : `no ${strange.join(', ')}`;
}

test('every command of the pages is one of the program, with its options', async () => {
  const faults = [];
  for (const one of told) {
    const fault = await faultOf(one);
    if (fault !== null) faults.push(`${one.page}: pm-agent ${one.words.join(' ')}: ${fault}`);
  }

  expect(told.length).toBeGreaterThan(60);
  expect(faults).toEqual([]);
});

test('a command or an option that is not there would be found', async () => {
  const of = (words: string, ...options: string[]): Told => ({
    page: 'none',
    words: words.split(' '),
    options,
  });

  expect(await faultOf(of('mend'))).toBe('no such command');
  expect(await faultOf(of('backup mend'))).toBe('no such command');
  expect(await faultOf(of('backup create', '--often'))).toBe('no --often');
  expect(await faultOf(of('poll jira', '--since'))).toBeNull();
});
