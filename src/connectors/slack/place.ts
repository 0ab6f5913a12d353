import type { Call } from '../../domain/connector.ts';
import type { SlackDirectory } from './directory.ts';

/**
 * The id of a channel by its name, with or without `#`; `null` when the bot sees none of that name. Throws a `Failure`.
 */
export async function channelNamed(
  directory: SlackDirectory,
  name: string,
  call: Call,
): Promise<string | null> {
  const wanted = name.replace(/^#/, '').toLowerCase();
  const isNamed = (one: { readonly name: string | null }) => one.name?.toLowerCase() === wanted;
  const joined = (await directory.joined(call)).find(isNamed);
  const found = joined ?? (await directory.visible(call)).find(isNamed);
  return found?.id ?? null;
}
