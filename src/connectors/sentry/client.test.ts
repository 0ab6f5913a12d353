import { expect, test } from 'vitest';
import { sentryReader, sentryWriter } from './client.ts';

const call = { signal: new AbortController().signal };
const access = {
  baseUrl: 'http://127.0.0.1:1/api/0',
  organization: 'acme',
  token: 'token-1',
  fetch: (): Promise<Response> => Promise.reject(new Error('a request left the house')),
};

test('the reader refuses a path without the slash at its end', async () => {
  const sent = sentryReader(access).get('/organizations/acme/issues', {}, call);

  await expect(sent).rejects.toMatchObject({ kind: 'denied' });
});

test('the writer reaches issues and their comments, and nothing else', async () => {
  const writer = sentryWriter(access);

  await expect(writer.updateIssue('7/notes', {}, call)).rejects.toMatchObject({ kind: 'denied' });
  await expect(writer.addNote('7/../8', 'x', call)).rejects.toMatchObject({ kind: 'denied' });
  await expect(writer.addNote('7', 'x', call)).rejects.toMatchObject({ kind: 'broken-line' });
});
