import type { Action, Reach } from '../../domain/action.ts';
import type { Operation } from '../../domain/connector.ts';
import type { Constitution, TeamMember, TeamRole } from '../../domain/constitution.ts';
import type { Mode } from '../../domain/mode.ts';
import type { ProposedAction, Urgency } from '../../domain/plan.ts';
import type { Purpose } from '../../domain/purpose.ts';
import type { Subject } from '../../domain/subject.ts';
import type { WorkingTime } from '../../domain/working-time.ts';
import type { Ground } from '../content/ground.ts';

/** Whose words led to the cycle: the person behind the newest message. */
export interface Asker {
  /** Person id of the directory. */
  readonly person: string;
  readonly role: TeamRole;
}

/** A person whom an action reaches. */
export interface ReachedPerson {
  readonly person: string;
  /** `null` when the directives do not name them. */
  readonly member: TeamMember | null;
  readonly hours: WorkingTime;
}

/** Whom an action reaches, looked up. */
export interface Recipient {
  readonly reach: Reach;
  readonly people: readonly ReachedPerson[];
  /** What the directives use the channel for; `null` for a channel that they do not name, absent where it is none. */
  readonly channelPurpose?: string | null;
}

/** What was done lately, counted over all systems in the one ledger. */
export interface Counts {
  /** Reminders to the person on their local date. */
  readonly remindersToday: number;
  readonly channelLastHour: number;
  readonly subjectLastHour: number;
  /** Ours on this subject since a person last said something there. */
  readonly ownInARow: number;
  /** Changes in the system of the operation. */
  readonly systemLastMinute: number;
  /** Approvals asked on this subject since midnight UTC. */
  readonly approvalsToday: number;
}

/** Everything the rules may look at. Pure data: the same case always gets the same verdict. */
export interface PolicyCase {
  readonly now: number;
  readonly constitution: Constitution;
  readonly proposed: ProposedAction;
  /** Undefined when no connector declares it. */
  readonly operation: Operation | undefined;
  /** Who proposes: a model may be deceived, so more is asked of it. */
  readonly author: 'model' | 'rules';
  readonly purpose: Purpose;
  readonly subject: Subject;
  /** Items that this subject is linked to, as systems told it. */
  readonly related: readonly Subject[];
  /** The mode of this operation. */
  readonly mode: Mode;
  /** Until when nothing may leave; `null` when nobody paused. */
  readonly pausedUntil: number | null;
  /** The messages that this action answers. */
  readonly answers: readonly string[];
  /** Earlier actions on this subject, and those of this plan. */
  readonly history: readonly Action[];
  readonly asker: Asker | null;
  /** True where only some people can read the subject, or part of its mail. */
  readonly confined: boolean;
  readonly recipient: Recipient | null;
  readonly counts: Counts;
  readonly ground: Ground;
  /** How many of our own actions led here, one after the other. */
  readonly hops: number;
  readonly level: Urgency;
  /** True for an open error or ticket of the highest level that production suffers from. */
  readonly productionP0: boolean;
  /** True when a person has agreed to exactly these bytes. */
  readonly approved: boolean;
  /** True when a person allowed this kind for a while. */
  readonly granted: boolean;
  /** True when these very words were found to rest on what was known at the time. */
  readonly wasClean: boolean;
}
