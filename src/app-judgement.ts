import { declinedReasons } from './actions/approvals/declined-reasons.ts';
import type { DecideParts } from './actions/approvals/ballot.ts';
import { DirectivesInForce } from './actions/directives/in-force.ts';
import type { JudgingParts } from './actions/judging.ts';
import { modesOf } from './actions/mode-of.ts';
import { recipients } from './actions/recipients.ts';
import { isPersonOfTheTeam } from './actions/policy/roles.ts';
import type { Addressing } from './agent/addressed.ts';
import type { GatherParts } from './agent/context.ts';
import type { EventRules, Surroundings } from './agent/cycle-parts.ts';
import { eventRules } from './agent/event-rules.ts';
import { approvalPlanner } from './agent/planner-approvals.ts';
import { operationsPlanner, rememberTold } from './agent/planner-operations.ts';
import { reminderPlanner } from './agent/planner-reminders.ts';
import { nudgeRecorder } from './agent/record-nudges.ts';
import { createSteward } from './agent/steward.ts';
import type { Steward } from './agent/steward.ts';
import { surroundings } from './agent/surroundings.ts';
import { surveyor } from './agent/survey.ts';
import type { Survey } from './agent/survey.ts';
import type { TeamParts } from './agent/team-view.ts';
import type { DiskWatch } from './app-disk.ts';
import { Places } from './app-places.ts';
import { hostsOf, secretsOf } from './app-secrets.ts';
import { timelyOf } from './app-timely.ts';
import type { Timely } from './app-timely.ts';
import type { Config } from './config.ts';
import type { Action } from './domain/action.ts';
import type { Connector, Operation } from './domain/connector.ts';
import type { Constitution } from './domain/constitution.ts';
import type { ProjectEvent } from './domain/event.ts';
import type { Planner } from './domain/planner.ts';
import type { Queue } from './domain/queue.ts';
import { subjectParts } from './domain/subject.ts';
import type { Subject } from './domain/subject.ts';
import type { Directory } from './inbox/directory.ts';
import type { Running } from './inbox/standby.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import { readBackupState } from './store/backup/keep-backup.ts';
import { journalWatch } from './store/journal-watch.ts';
import type { Store } from './store/open.ts';
import type { Work } from './store/writer.ts';

/** What judgement is wired from. */
export interface JudgementCore {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly queue: Queue;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly byName: ReadonlyMap<string, Connector>;
  readonly accounts: ReadonlyMap<string, readonly string[]>;
  readonly directory: Directory;
  /** Keys of the projects whose tickets are known. */
  readonly projects: () => ReadonlySet<string>;
  readonly disk: DiskWatch;
}

/** Everything that decides what may be done, when and by whose word. */
export interface Judgement {
  readonly directives: DirectivesInForce;
  readonly constitution: () => Constitution;
  readonly judging: JudgingParts;
  readonly deciding: DecideParts;
  readonly surroundings: Surroundings;
  readonly addressing: Addressing;
  readonly steward: Steward;
  readonly survey: Survey;
  readonly eventRules: EventRules;
  readonly ownPlanners: ReadonlyMap<string, Planner>;
  /** What follows from actions that are done. */
  readonly settled: (work: Work, actions: readonly Action[]) => Promise<void>;
  readonly telling: Pick<GatherParts, 'mayTell' | 'declined'>;
  /** What looks by itself at what is due; anew after each `begin`. */
  readonly timely: Timely;
  /** Looks from now on at what is due, until what it resolves with is stopped. One process at a time need do so. */
  begin(): Promise<Running>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SURVEY_MS = 15_000;
const DECLINED = 5;
const SENT: ReadonlySet<Action['state']> = new Set(['done', 'simulated']);
// Reminders that come due for a person within a minute or so go into one message.
const BUNDLED = 30;

/** Wires what judges. Nothing runs before `start`. */
export function judgementOf(core: JudgementCore): Judgement {
  const { config, store, clock, log } = core;
  const { path, text, holidays } = config.directives;
  const given = { path, text, holidays, constitution: config.constitution, store, clock, log };
  const directives = new DirectivesInForce(given);
  const constitution = () => directives.current();
  const places = new Places({ connector: core.byName.get('slack'), constitution, log });
  const parts = { core, constitution, places, people: peopleOf(core, constitution) };
  const around = surroundingsOf(parts);
  const team = teamOf(parts);
  const survey = surveyor(core.byName, SURVEY_MS);
  const addressing = addressingOf(core, constitution);
  const deciding = { ...core, constitution, excludedFrom: around.excludedFrom };
  const windowMs = config.windowMs * BUNDLED;
  const watching = { ...team, store, windowMs };
  const channelOf = channelsOf(parts);
  const troubles = {
    directivesBroken: () => directives.problem() !== null,
    disk: core.disk.look,
    journalBrokenAt: journalWatch(store.db),
    hasChannel: () => channelOf('operations') !== null,
    backupFailed: async () => (await readBackupState(store)).failed !== null,
  };
  const looking = timelyOf({ ...core, constitution, windowMs, troubles });
  return {
    directives,
    constitution,
    judging: judgingOf(parts),
    deciding,
    surroundings: around,
    addressing,
    survey,
    get timely() {
      return looking.timely;
    },
    begin: () => looking.begin(),
    steward: createSteward(watching),
    eventRules: rulesOf(parts, { addressing, around }),
    ownPlanners: ownPlanners(parts, { deciding, watching, survey }),
    telling: tellingOf(parts, around),
    settled: rememberSent(team, clock),
    start: async () => {
      await directives.start();
      places.start();
    },
    stop: async () => {
      await Promise.all([places.stop(), directives.stop()]);
    },
  };
}

/** The id of the channel that the directives name for a purpose; `null` when they name none, or it is not found. */
function channelsOf({ constitution, places }: Parts) {
  return (purpose: string): string | null => {
    const name = constitution().channels[purpose];
    return name === undefined ? null : places.id(name);
  };
}

/** Reminders that went out raise their problems; what simulation would have sent counts as well. */
function rememberSent(team: TeamParts, clock: Clock): Judgement['settled'] {
  const record = nudgeRecorder(team);
  return async (work, actions) => {
    const now = clock.now();
    for (const action of actions) await rememberTold(work, action, now);
    for (const action of actions.filter(({ state }) => SENT.has(state))) {
      await record(work, action, now);
    }
  };
}

interface Parts {
  readonly core: JudgementCore;
  readonly constitution: () => Constitution;
  readonly places: Places;
  readonly people: People;
}

interface People {
  /** The person of an account; an account that nobody joined is a person of its own. */
  readonly personOf: (system: string, account: string) => string;
  readonly accountOf: (person: string, system: string) => string | null;
  readonly personWith: (account: string) => string | null;
}

/** The directives know people before anybody has looked their accounts up. */
function peopleOf({ directory }: JudgementCore, constitution: () => Constitution): People {
  const members = () => constitution().members;
  return {
    personOf: (system, account) =>
      members().find(({ accounts }) => accounts[system] === account)?.id ??
      directory.personOf(system, account),
    accountOf: (person, system) =>
      members().find(({ id }) => id === person)?.accounts[system] ??
      directory.accountOf(person, system),
    personWith: (account) =>
      members().find(({ accounts }) => Object.values(accounts).includes(account))?.id ??
      directory.personWith(account),
  };
}

function surroundingsOf({ core, constitution, people }: Parts): Surroundings {
  const { config, clock, directory, projects } = core;
  return surroundings({
    ...people,
    constitution,
    clock,
    projects,
    names: () => directory.people().map(({ name }) => name),
    hosts: hostsOf(config),
    secrets: secretsOf(config),
  });
}

function judgingOf({ core, constitution, places, people }: Parts): JudgingParts {
  const { config, operations, directory } = core;
  const zones = () => new Map(directory.people().map(({ id, zone }) => [id, zone]));
  return {
    constitution,
    operations,
    modeOf: modesOf(config.mode, config.operationModes),
    recipientOf: recipients({
      constitution,
      personOf: people.personOf,
      zoneOf: (person) => zones().get(person) ?? null,
      channelId: (name) => places.id(name),
    }),
  };
}

function teamOf({ core, constitution, people }: Parts): TeamParts {
  return {
    constitution,
    personOf: people.personOf,
    accountOf: people.accountOf,
    ours: ({ system, id }) => core.accounts.get(system)?.includes(id) === true,
  };
}

function addressingOf(core: JudgementCore, constitution: () => Constitution): Addressing {
  return {
    names: () => constitution().names,
    ours: (system) => core.accounts.get(system) ?? [],
    talk: (system) => core.byName.get(system)?.talk,
  };
}

function rulesOf(
  { core, constitution, people }: Parts,
  given: { readonly addressing: Addressing; readonly around: Surroundings },
): EventRules {
  const { config, operations, projects } = core;
  const named = (name: string): string[] => {
    const wanted = name.toLowerCase();
    const isMeant = (one: string) =>
      one.toLowerCase() === wanted || one.toLowerCase().split(' ')[0] === wanted;
    return constitution()
      .members.filter(({ name: one }) => isMeant(one))
      .map(({ id }) => id);
  };
  return eventRules({
    constitution,
    operations,
    projects,
    addressing: given.addressing,
    groundOf: given.around.groundOf,
    askerOf: given.around.askerOf,
    accountNamed: (name, asker) => {
      const [person, ...others] = name.toLowerCase() === 'me' ? [asker] : named(name);
      return person === undefined || others.length > 0 ? null : people.accountOf(person, 'jira');
    },
    modeOf: modesOf(config.mode, config.operationModes),
  });
}

interface Working {
  readonly deciding: DecideParts;
  readonly watching: TeamParts & { readonly store: Store; readonly windowMs: number };
  readonly survey: Survey;
}

/** Who works our own mailboxes, by their kind. */
function ownPlanners(parts: Parts, given: Working): ReadonlyMap<string, Planner> {
  const { core, places, people } = parts;
  const { clock } = core;
  const channelOf = channelsOf(parts);
  return new Map([
    [
      'approval',
      approvalPlanner({
        ...given.deciding,
        personOf: people.personOf,
        accountOf: people.accountOf,
        channelId: (name) => places.find(name),
      }),
    ],
    [
      'person',
      reminderPlanner({
        ...given.watching,
        clock,
        survey: given.survey,
        channelOf,
      }),
    ],
    [
      'operations',
      operationsPlanner({ store: core.store, channel: () => channelOf('operations') }),
    ],
  ]);
}

/** A conversation hears of tickets in the team's own channels, and in private when somebody of the team asks. */
function tellingOf(
  { core, constitution, places }: Parts,
  around: Surroundings,
): Judgement['telling'] {
  const isOurs = (channel: string) =>
    Object.values(constitution().channels).some((name) => places.id(name) === channel);
  return {
    mayTell: (subject: Subject, events: readonly ProjectEvent[]) => {
      if (!isPersonOfTheTeam(around.askerOf(events))) return false;
      const isPrivate = events.some(({ confined }) => confined === true);
      return isPrivate || isOurs(subjectParts(subject).id.split(':')[0] ?? '');
    },
    declined: (subject) => declinedReasons(core.store.db, subject, DECLINED),
  };
}
