/** A line of the printed table. */
export type Row = readonly [what: string, figure: string, beside: string];

export const say = (text: string): void => void process.stderr.write(`${text}\n`);
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
export const ms = (value: number): string => `${value.toFixed(1)} ms`;

const BARS = '▁▂▃▄▅▆▇█';

/** Values over time as a line of bars from nothing to the greatest. */
export function drawn(values: readonly number[], width = 24): string {
  const top = Math.max(...values, 1e-9);
  const step = Math.max(1, values.length / width);
  const bars: string[] = [];
  for (let at = 0; at < values.length; at += step) {
    const part = values.slice(Math.floor(at), Math.max(Math.floor(at) + 1, Math.floor(at + step)));
    const height = Math.round((Math.max(...part) / top) * (BARS.length - 1));
    bars.push(BARS[height] ?? '');
  }
  return bars.join('');
}
