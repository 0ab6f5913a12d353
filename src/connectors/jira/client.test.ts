import { expect, test } from 'vitest';
import type { ReadPath } from './client.ts';
import { jiraReader, jiraWriter } from './client.ts';

const signal = new AbortController().signal;
const access = {
  baseUrl: 'http://127.0.0.1:1',
  email: 'agent@example.com',
  token: 'token-1',
  fetch: (): Promise<Response> => Promise.reject(new Error('a request left the house')),
};

test('the reader refuses every POST that is not a read', async () => {
  // What the compiler forbids is refused at run time as well.
  const path = '/rest/api/3/issue/ECD-1/comment' as ReadPath;

  const sent = jiraReader(access).postRead(path, {}, { signal });

  await expect(sent).rejects.toMatchObject({ kind: 'denied' });
});

test('the writer sends comments to issues and nothing else', async () => {
  const content = { body: { version: 1, type: 'doc', content: [] }, properties: [] } as const;

  const sent = jiraWriter(access).addComment('ECD-1/../../project', content, { signal });

  await expect(sent).rejects.toMatchObject({ kind: 'denied' });
});
