import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { signedRequest } from './body.ts';

/** What a run of the load generator saw. Times in milliseconds. */
export interface LoadResult {
  readonly sent: number;
  readonly ok: number;
  readonly other: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Plan {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second; 0 sends as fast as answers come. */
  readonly rate: number;
  /** Stop after so many requests; 0 means: by time. */
  readonly count: number;
  readonly firstId: number;
  /** Answers of the first seconds are counted, but not their times: the code is still being compiled. */
  readonly warmup: number;
  /** Where the ids of those that were kept are written, at a rate; empty for nowhere. */
  readonly accepted: string;
}

interface Tally {
  /** The ids of those that were answered with 200. */
  readonly accepted: number[];
  sent: number;
  ok: number;
  other: number;
  readonly latencies: number[];
}

const STATUS = /HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/;
const LENGTH = /content-length: (\d+)/i;

/** One keep-alive connection with at most one request under way. */
class Line {
  private socket: Socket;
  private readonly port: number;
  private pending = '';
  private startedAt = 0;
  private answered: ((status: number, ms: number) => void) | null = null;

  private constructor(socket: Socket, port: number) {
    this.socket = socket;
    this.port = port;
    this.listen(socket);
  }

  private listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.read(data.toString('latin1')));
    const broke = (): void => {
      // An old socket says nothing of the request on its successor.
      if (socket === this.socket) this.answer(0);
    };
    socket.on('error', broke);
    socket.on('close', broke);
  }

  static async open(port: number): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Line(socket, port);
  }

  /** `startedAt` is when it should have been sent: waiting for a free line counts. */
  send(bytes: Buffer, startedAt: number): Promise<{ status: number; ms: number }> {
    this.startedAt = startedAt;
    return new Promise((resolve) => {
      this.answered = (status, ms) => resolve({ status, ms });
      this.reopen();
      this.socket.write(bytes);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /** A server closes lines that rest for long; as a sender does, another one is opened. */
  private reopen(): void {
    if (!this.socket.destroyed && this.socket.writable) return;
    this.socket = connect({ port: this.port, host: '127.0.0.1' });
    this.pending = '';
    this.listen(this.socket);
  }

  private read(text: string): void {
    this.pending += text;
    const head = STATUS.exec(this.pending);
    if (head === null) return;
    const length = Number(LENGTH.exec(head[0])?.[1] ?? 0);
    if (this.pending.length < head[0].length + length) return;
    this.pending = this.pending.slice(head[0].length + length);
    this.answer(Number(head[1]));
  }

  private answer(status: number): void {
    const { answered } = this;
    this.answered = null;
    answered?.(status, performance.now() - this.startedAt);
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function note(tally: Tally, answer: { status: number; ms: number }, timed = true): void {
  if (answer.status === 200) tally.ok += 1;
  else tally.other += 1;
  if (timed) tally.latencies.push(answer.ms);
}

async function asFastAsPossible(lines: readonly Line[], plan: Plan, tally: Tally): Promise<void> {
  const end = performance.now() + plan.seconds * 1000;
  const more = () => (plan.count > 0 ? tally.sent < plan.count : performance.now() < end);
  const drive = async (line: Line): Promise<void> => {
    while (more()) {
      const id = plan.firstId + tally.sent;
      tally.sent += 1;
      const { bytes } = signedRequest(id);
      note(tally, await line.send(bytes, performance.now()));
    }
  };
  await Promise.all(lines.map(drive));
}

async function atRate(lines: readonly Line[], plan: Plan, tally: Tally): Promise<void> {
  const free = [...lines];
  const total = plan.rate * (plan.warmup + plan.seconds);
  const begin = performance.now();
  const open: Promise<void>[] = [];
  const one = async (line: Line, id: number, due: number): Promise<void> => {
    const answer = await line.send(signedRequest(id).bytes, due);
    note(tally, answer, due >= begin + plan.warmup * 1000);
    if (answer.status === 200) tally.accepted.push(id);
    free.push(line);
  };
  while (tally.sent < total) {
    const due = begin + (tally.sent * 1000) / plan.rate;
    const line = free.at(-1);
    if (performance.now() < due || line === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    free.pop();
    open.push(one(line, plan.firstId + tally.sent, due));
    tally.sent += 1;
  }
  await Promise.all(open);
}

async function run(plan: Plan): Promise<LoadResult> {
  const lines = await Promise.all(
    Array.from({ length: plan.connections }, () => Line.open(plan.port)),
  );
  const tally: Tally = { accepted: [], sent: 0, ok: 0, other: 0, latencies: [] };
  const begin = performance.now();
  await (plan.rate === 0 ? asFastAsPossible : atRate)(lines, plan, tally);
  const seconds = (performance.now() - begin) / 1000;
  for (const line of lines) line.close();
  if (plan.accepted !== '') writeFileSync(plan.accepted, tally.accepted.join('\n'));
  const sorted = tally.latencies.sort((left, right) => left - right);
  return {
    sent: tally.sent,
    ok: tally.ok,
    other: tally.other,
    seconds,
    perSecond: tally.ok / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  };
}

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '0' },
    count: { type: 'string', default: '0' },
    first: { type: 'string', default: '0' },
    warmup: { type: 'string', default: '0' },
    accepted: { type: 'string', default: '' },
  },
});

const result = await run({
  port: Number(values.port),
  connections: Number(values.connections),
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  count: Number(values.count),
  firstId: Number(values.first),
  warmup: Number(values.warmup),
  accepted: values.accepted,
});
process.stdout.write(`${JSON.stringify(result)}\n`);
