/**
 * Labels at every step between a delivery and its effect. A test names one and the process is killed there;
 * a new step on that way gets a label here (guarantees.md section 7).
 */
export const CRASH_LABELS = [
  'delivery.verified',
  'delivery.committed',
  'events.normalised',
  'events.committed',
  'poll.fetched',
  'poll.committed',
  'mailbox.claimed',
  'context.gathered',
  'plan.received',
  'plan.committed',
  'action.judged',
  'action.sending',
  'action.sent',
  'action.settled',
  'cycle.finishing',
  'cycle.finished',
] as const;
export type CrashLabel = (typeof CRASH_LABELS)[number];

/** Called at a label; returns unless this is the place where a test wants the process to die. */
export type CrashPoint = (label: CrashLabel) => void;

export const neverCrash: CrashPoint = () => undefined;

/** Kills the process with SIGKILL when `label` is passed for the `hits`-th time. */
export function crashAt(label: CrashLabel, hits: number): CrashPoint {
  let left = hits;
  return (passed) => {
    if (passed !== label) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
