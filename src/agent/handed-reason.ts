/** Why a problem of one person became one of another: reminding did not help, or it was not theirs. */
export interface Handed {
  readonly how: 'escalated' | 'declined';
  /** The reason it had with its first owner. */
  readonly reason: string;
  readonly owner: string;
}

const HANDED = /^(?<how>escalated|declined):(?<reason>[a-z-]+):(?<owner>.+)$/;

/** The reason under which the next person gets it. */
export function handedReason({ how, reason, owner }: Handed): string {
  return `${how}:${reason}:${owner}`;
}

/** Where a problem came from; `null` when it is its person's own. */
export function handedFrom(reason: string): Handed | null {
  const parts = HANDED.exec(reason)?.groups;
  if (parts === undefined) return null;
  const { how, reason: first = '', owner = '' } = parts;
  return { how: how === 'declined' ? 'declined' : 'escalated', reason: first, owner };
}

/** The reason and the person by which a problem is found on its item. */
export function ownerOf(problem: { readonly reason: string; readonly person: string }): {
  readonly reason: string;
  readonly person: string;
} {
  const handed = handedFrom(problem.reason);
  return handed === null ? problem : { reason: handed.reason, person: handed.owner };
}
