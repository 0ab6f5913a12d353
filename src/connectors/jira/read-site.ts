import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { FieldList, Users } from './rest.ts';
import type { JiraSite } from './site.ts';

const FIELDS_LIMIT = 200;

/** `jira.list-fields`. */
export function listFields(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-fields',
    summary: 'List the fields of the site whose name holds some words; an empty text lists all.',
    effect: 'read',
    input: z.object({ name: z.string().max(100) }),
    output: z.object({
      fields: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          custom: z.boolean(),
          type: z.string().nullable(),
        }),
      ),
    }),
    preview: ({ name }) => `List the fields of Jira named like "${titleOf(name)}"`,
    run: async ({ name }, call) => {
      const all = expectShape(FieldList, await site.reader.get('/rest/api/3/field', {}, call));
      const wanted = name.toLowerCase();
      const found = all.filter((field) => field.name.toLowerCase().includes(wanted));
      const fields = found.slice(0, FIELDS_LIMIT).map(({ id, name: label, custom, schema }) => {
        return { id, name: titleOf(label), custom, type: schema?.type ?? null };
      });
      return { fields };
    },
  });
}

/** `jira.find-users`. */
export function findUsers(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.find-users',
    summary: 'Find people by a part of their name. Gives their account ids.',
    effect: 'read',
    input: z.object({
      query: z.string().trim().min(1).max(100),
      limit: z.int().min(1).max(50).default(10),
    }),
    output: z.object({
      users: z.array(z.object({ id: z.string(), name: z.string(), active: z.boolean() })),
    }),
    preview: ({ query }) => `Find people in Jira named like "${titleOf(query)}"`,
    run: async ({ query, limit }, call) => {
      const path = '/rest/api/3/user/search';
      const answer = await site.reader.get(path, { query, maxResults: limit }, call);
      const people = expectShape(Users, answer).filter((user) => user.accountType !== 'app');
      const users = people.slice(0, limit).map(({ accountId, displayName, active }) => {
        return { id: accountId, name: titleOf(displayName ?? accountId), active: active ?? true };
      });
      return { users };
    },
  });
}
