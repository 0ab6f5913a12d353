import type { RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import type {
  WebhookFault,
  WebhookRecord,
  WebhookSender,
  WebhookTarget,
} from '../http/webhook-sender.ts';
import { webhookSender } from '../http/webhook-sender.ts';
import { pressBody, submitBody } from './interaction-body.ts';
import type { SlackLimits } from './slack-call.ts';
import { eventHabits, interactionHabits, signed } from './slack-habits.ts';
import { handleSlack } from './slack-handler.ts';
import { ALL_SCOPES, BOT, PEOPLE, seededState } from './slack-seed.ts';
import type { SlackMessage, SlackState } from './slack-state.ts';
import { nextId } from './slack-state.ts';
import type { Happening, SlackWorld } from './slack-world.ts';
import { slackWorld } from './slack-world.ts';
import type { SocketHabits, SocketServer } from './socket-server.ts';
import { startSocketServer } from './socket-server.ts';
import { sendView } from './view-methods.ts';

export interface SlackEmulatorOptions {
  readonly botToken: string;
  /** For Socket Mode; without it there is none. */
  readonly appToken?: string;
  /** For searching; it is Tom Weber's. */
  readonly userToken?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What the bot token may do; everything unless told. */
  readonly scopes?: readonly string[];
  /** Also tells of a mention by `app_mention`, as an app does that subscribes to it. */
  readonly mentions?: boolean;
  readonly webhook?: WebhookTarget;
  readonly now?: () => Date;
  /** What is written becomes visible in histories only after so long, by the emulator's clock. */
  readonly indexLagMs?: number;
  readonly limits?: Partial<SlackLimits>;
  readonly socket?: Partial<SocketHabits>;
  /** Decides which requests a fault with a probability strikes. */
  readonly faultSeed?: number;
}

/** Where a message stands. */
interface MessageAt {
  readonly channel: string;
  readonly ts: string;
}

/** A Slack workspace on 127.0.0.1. People act through it directly, the agent through the Web API. */
export interface SlackEmulator {
  /** Where the Web API answers, with `/api/` at the end. */
  readonly url: string;
  readonly state: SlackState;
  readonly bot: { readonly user: string; readonly id: string };
  readonly requests: readonly RequestRecord[];
  /** How many changes came through the Web API and were applied, whatever their sender was told. */
  readonly writes: number;
  readonly deliveries: readonly WebhookRecord[];
  readonly faults: FaultPlan;
  /** The server of Socket Mode. */
  readonly socket: SocketServer;
  readonly limits: SlackLimits;
  postMessage(user: string, channel: string, text: string): SlackMessage;
  /** A message that says something only in its blocks. */
  postBlocks(user: string, channel: string, blocks: readonly object[]): SlackMessage;
  /** In the thread of a message. */
  reply(user: string, message: MessageAt, text: string): SlackMessage;
  editMessage(user: string, message: MessageAt, text: string): void;
  /** Slack adds the preview of a link. */
  unfurl(message: MessageAt): void;
  deleteMessage(message: MessageAt): void;
  react(user: string, message: MessageAt, reaction: string): void;
  unreact(user: string, message: MessageAt, reaction: string): void;
  join(user: string, channel: string): void;
  /** Writes to the bot directly. */
  dm(user: string, text: string): SlackMessage;
  /** Also one that was taken away since. Throws when there never was such a button. */
  pressButton(user: string, message: MessageAt, action: string): void;
  submitView(user: string, view: object, values: object): void;
  /** Sends the form that the user has open, with what they typed by the id of the field. Throws when there is none. */
  submitForm(user: string, typed: Readonly<Record<string, string>>): void;
  /** Messages of a channel with their last text, as the test wants to see them. */
  messages(channel: string): readonly SlackMessage[];
  /** Events go over Socket Mode from now on, or by webhook again. */
  useSocketMode(on: boolean): void;
  aimWebhook(target: WebhookTarget | undefined): void;
  pushWebhookFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes, as the next delivery of events. */
  deliverWebhook(event: string, body: Buffer): void;
  /** Asks an address whether it is ours, and gives the status and body of its answer. */
  verifyUrl(target: WebhookTarget): Promise<{ status: number; body: string }>;
  /** Resolves when no delivery and no late change is in flight; does not wait for Socket Mode. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a workspace. Throws when the port is taken, or the webhook's address is not on this machine. */
export async function startSlackEmulator(options: SlackEmulatorOptions): Promise<SlackEmulator> {
  const now = options.now ?? (() => new Date());
  const socket = await startSocketServer({ ackMs: 3_000, graceMs: 1_000, ...options.socket });
  const post = new Post(options, { now, socket });
  const state = stateOf(options);
  const world = slackWorld({ state, now, announce: (one) => post.announce(state, one) });
  const faults = faultPlan(options.faultSeed);
  const limits = { pageSize: 1_000, perMinute: Infinity, ...options.limits };
  const counted = { writes: 0 };
  const parts = {
    world,
    limits,
    indexLagMs: () => options.indexLagMs ?? 0,
    openLine: () => socket.ticket(),
    wrote: () => {
      counted.writes += 1;
    },
    calls: new Map<string, number[]>(),
  };
  const handle = (request: Parameters<typeof handleSlack>[1]) => handleSlack(parts, request);
  const server = await startEmulatorServer({ port: options.port ?? 0, faults, handle });
  return {
    ...ofPeople(world, post),
    ...ofDeliveries(post),
    url: `${server.url}/api/`,
    state,
    bot: BOT,
    requests: server.requests,
    faults,
    socket,
    limits,
    get deliveries() {
      return [...post.events.log, ...post.interactions.log];
    },
    get writes() {
      return counted.writes;
    },
    idle: async () => {
      await server.settled();
      await post.idle();
    },
    close: async () => {
      post.close();
      await socket.close();
      await server.close();
    },
  };
}

function stateOf(options: SlackEmulatorOptions): SlackState {
  const state = seededState();
  const { botToken, appToken, userToken } = options;
  const scopes = new Set(options.scopes ?? ALL_SCOPES);
  state.tokens.set(botToken, { kind: 'bot', user: BOT.user, scopes });
  if (appToken !== undefined) {
    const line = new Set(['connections:write']);
    state.tokens.set(appToken, { kind: 'app', user: BOT.user, scopes: line });
  }
  if (userToken !== undefined) {
    const search = new Set(['search:read']);
    state.tokens.set(userToken, { kind: 'user', user: PEOPLE.tom, scopes: search });
  }
  return state;
}

/** Everything that Slack sends of its own accord: by webhook, or over the lines of Socket Mode. */
class Post {
  readonly events: WebhookSender;
  readonly interactions: WebhookSender;
  readonly now: () => Date;
  overSocket = false;
  private readonly socket: SocketServer;
  private readonly mentions: boolean;

  constructor(
    { faultSeed, webhook, mentions = false }: SlackEmulatorOptions,
    { now, socket }: { now: () => Date; socket: SocketServer },
  ) {
    this.now = now;
    this.socket = socket;
    this.mentions = mentions;
    this.events = webhookSender(eventHabits(now), faultSeed);
    this.interactions = webhookSender(interactionHabits(now), faultSeed);
    this.aim(webhook);
  }

  aim(target: WebhookTarget | undefined): void {
    this.events.aim(target);
    this.interactions.aim(target);
  }

  /** Tells of what happened in a channel of the bot. */
  announce(state: SlackState, { channel, event }: Happening): void {
    if (!channel.members.has(state.bot.user)) return;
    this.event(state, event);
    const { channel_type: kind, ...rest } = event;
    const isNew = event['subtype'] === undefined && kind !== 'im';
    if (!this.mentions || !isNew || !mentions(event['text'], state.bot.user)) return;
    this.event(state, { ...rest, type: 'app_mention' });
  }

  /** A press or a form: a signed form, or an envelope. */
  interaction(state: SlackState, payload: object): void {
    if (this.overSocket) {
      this.socket.send(nextId(state, 'env'), 'interactive', payload);
      return;
    }
    const form = new URLSearchParams({ payload: JSON.stringify(payload) });
    this.interactions.send(String(Reflect.get(payload, 'type')), Buffer.from(form.toString()));
  }

  async idle(): Promise<void> {
    await this.events.idle();
    await this.interactions.idle();
  }

  close(): void {
    this.events.close();
    this.interactions.close();
  }

  private event(state: SlackState, event: Readonly<Record<string, unknown>>): void {
    const body = {
      token: 'not-used',
      team_id: state.team.id,
      context_team_id: state.team.id,
      context_enterprise_id: null,
      api_app_id: state.app,
      event,
      type: 'event_callback',
      event_id: nextId(state, 'Ev'),
      event_time: Math.floor(this.now().getTime() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: state.team.id,
          user_id: state.bot.user,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
    };
    if (this.overSocket) this.socket.send(nextId(state, 'env'), 'events_api', body);
    else this.events.send(String(event['type']), Buffer.from(JSON.stringify(body)));
  }
}

function mentions(text: unknown, user: string): boolean {
  return typeof text === 'string' && text.includes(`<@${user}>`);
}

function ofDeliveries(post: Post) {
  return {
    useSocketMode: (on: boolean) => {
      post.overSocket = on;
    },
    aimWebhook: (target: WebhookTarget | undefined) => post.aim(target),
    pushWebhookFault: (...faults: readonly WebhookFault[]) => post.events.pushFault(...faults),
    deliverWebhook: (event: string, body: Buffer) => post.events.send(event, body),
    verifyUrl: async ({ url, secret }: WebhookTarget) => {
      const challenge = { token: 'not-used', challenge: 'word-1', type: 'url_verification' };
      const body = Buffer.from(JSON.stringify(challenge));
      const headers = { ...signed(body, secret, post.now()), 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
      return { status: response.status, body: await response.text() };
    },
  };
}

function ofPeople(world: SlackWorld, post: Post) {
  const { state } = world;
  const at = ({ channel, ts }: MessageAt) => world.message(channel, ts);
  return {
    postMessage: (user: string, channel: string, text: string) =>
      world.post(user, { channel: world.channel(channel).id, text }),
    postBlocks: (user: string, channel: string, blocks: readonly object[]) =>
      world.post(user, { channel: world.channel(channel).id, text: '', blocks }),
    reply: (user: string, message: MessageAt, text: string) => {
      const { channel, thread, ts } = at(message);
      return world.post(user, { channel, text, thread: thread ?? ts });
    },
    editMessage: (user: string, message: MessageAt, text: string) =>
      world.edit(user, at(message), { text }),
    unfurl: (message: MessageAt) => world.unfurl(at(message)),
    deleteMessage: (message: MessageAt) => world.remove(at(message)),
    react: (user: string, message: MessageAt, reaction: string) =>
      world.react(user, at(message), reaction),
    unreact: (user: string, message: MessageAt, reaction: string) =>
      world.unreact(user, at(message), reaction),
    join: (user: string, channel: string) => world.join(user, world.channel(channel)),
    dm: (user: string, text: string) => world.post(user, { channel: world.direct(user).id, text }),
    pressButton: (user: string, message: MessageAt, action: string) =>
      post.interaction(state, pressBody(state, at(message), { user, action, now: world.now() })),
    submitView: (user: string, view: object, values: object) =>
      post.interaction(state, submitBody(state, view, { user, values })),
    submitForm: (user: string, typed: Readonly<Record<string, string>>) => {
      const { view, values } = sendView(state, user, typed);
      post.interaction(state, submitBody(state, view, { user, values }));
    },
    messages: (channel: string) => state.messages.filter((one) => one.channel === channel),
  };
}
