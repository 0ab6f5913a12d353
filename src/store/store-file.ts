const FILE = /^(?:sqlite:|file:)(?:\/\/)?(?<path>.+)$/;

/** The file of a store that is one, e.g. of `sqlite:data/pm-agent.db`; null for a database. */
export function storeFile(url: string): string | null {
  return FILE.exec(url)?.groups?.['path'] ?? null;
}
