import type { RedisLine } from './redis-line.ts';

/** Remembers texts for a while, for all processes; whatever it forgets or cannot be asked for was never there. */
export interface SharedMemory {
  get(key: string): Promise<string | null>;
  put(key: string, text: string, ms: number): Promise<void>;
}

/** The memory that processes over one Redis share. Never throws. */
export function sharedMemory(line: RedisLine, prefix: string): SharedMemory {
  const asked = async <Answer>(question: () => Promise<Answer>): Promise<Answer | null> => {
    if (!line.isThere()) return null;
    try {
      return await question();
    } catch (error) {
      line.failed(error);
      return null;
    }
  };
  return {
    get: (key) => asked(() => line.client.get(`${prefix}:memory:${key}`)),
    put: async (key, text, ms) => {
      await asked(() => line.client.set(`${prefix}:memory:${key}`, text, 'PX', ms));
    },
  };
}
