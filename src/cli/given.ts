import type { Output } from './output.ts';

/** What every command is handed besides its own arguments. */
export interface Given {
  readonly out: Output;
  readonly url: string | undefined;
  readonly tokenStdin: boolean;
}
