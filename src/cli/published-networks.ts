import { z } from 'zod';
import { readBody } from '../connectors/http-answer.ts';
import { Failure, asFailure } from '../domain/failure.ts';
import { isNetwork } from '../http/allowed-networks.ts';

/** Where two vendors publish the networks that they send from. */
export interface PublishedAt {
  readonly atlassianUrl: string;
  readonly githubUrl: string;
}

const CALL_MS = 15_000;

const Ranges = z.object({
  items: z.array(
    z.object({
      cidr: z.string(),
      product: z.array(z.string()).default([]),
      direction: z.array(z.string()).default([]),
    }),
  ),
});
const Meta = z.object({ hooks: z.array(z.string()) });

/** What a system sends from now, or why that could not be learned. */
export type Published = readonly string[] | Failure;

/**
 * Asks the vendors. A list that is empty, or holds anything but networks, is a failure like no answer at all: half a list
 * would shut senders out.
 */
export async function publishedNetworks(at: PublishedAt): Promise<ReadonlyMap<string, Published>> {
  const [ranges, meta] = await Promise.all([ask(at.atlassianUrl, Ranges), ask(at.githubUrl, Meta)]);
  const ofProduct = (product: string): Published => {
    if (ranges instanceof Failure) return ranges;
    const sending = ranges.items.filter((item) => item.direction.includes('egress'));
    const own = sending.filter((item) => item.product.includes(product));
    return checked(
      own.map(({ cidr }) => cidr),
      at.atlassianUrl,
    );
  };
  return new Map([
    ['jira', ofProduct('jira')],
    ['bitbucket', ofProduct('bitbucket')],
    ['github', meta instanceof Failure ? meta : checked(meta.hooks, at.githubUrl)],
  ]);
}

async function ask<Shape extends z.ZodType>(
  url: string,
  shape: Shape,
): Promise<z.infer<Shape> | Failure> {
  const name = new URL(url).host;
  try {
    const signal = AbortSignal.timeout(CALL_MS);
    const headers = { accept: 'application/json', 'user-agent': 'pm-agent' };
    const response = await fetch(url, { signal, headers, redirect: 'error' });
    if (!response.ok) return new Failure('bad-answer', `${name} answered ${response.status}.`);
    const parsed = shape.safeParse(await readBody(response, name));
    return parsed.success ? parsed.data : new Failure('bad-answer', `${name} sent another shape.`);
  } catch (error) {
    if (error instanceof Failure) return error;
    return new Failure('unavailable', `${name} was not reached.`, { cause: asFailure(error) });
  }
}

function checked(networks: readonly string[], url: string): Published {
  const name = new URL(url).host;
  const odd = networks.find((network) => !isNetwork(network));
  if (odd !== undefined) {
    return new Failure('bad-answer', `${name} lists something that is no network.`);
  }
  if (networks.length === 0) return new Failure('bad-answer', `${name} lists no network.`);
  return [...new Set(networks)].sort();
}
