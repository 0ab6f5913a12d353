import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { Five } from './five.ts';

const JIRA = ['712020:mia-0001', '712020:ines-0002', '712020:tomas-0003'] as const;
const GITHUB = ['mia-berg', 'ines-okafor', 'jonas-lind', 'tom-weber'] as const;
const SENTRY = ['101', '102', '103', '104'] as const;
const REPOS = ['payments', 'web'] as const;

/** A team that works in all five systems, the same for the same random numbers. */
export class Team {
  private readonly five: Five;
  private readonly random: () => number;
  private readonly bitbucketOpen: { repo: string; id: number }[] = [];
  private readonly githubOpen: string[] = [];
  private readonly comments: string[] = [];
  private readonly messages: ReturnType<Five['slack']['postMessage']>[] = [];
  private readonly errors: { readonly id: string; resolved: boolean; assigned: boolean }[] = [];
  private count = 0;

  constructor(five: Five, random: () => number) {
    this.five = five;
    this.random = random;
  }

  /** A few things happen in every system; the clock moves by seconds between them. */
  work(): void {
    const acts = [
      () => this.jira(),
      () => this.jira(),
      () => this.bitbucket(),
      () => this.bitbucket(),
      () => this.github(),
      () => this.github(),
      () => this.slack(),
      () => this.slack(),
      () => this.sentry(),
    ];
    for (const act of acts) {
      this.five.clock.move(1_000 + Math.floor(this.random() * 90_000));
      act();
    }
  }

  private pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  private words(): string {
    this.count += 1;
    return `note ${this.count}${this.random() < 0.3 ? ' about ECD-1' : ''}`;
  }

  private jira(): void {
    const { jira } = this.five;
    const by = this.pick(JIRA);
    const issue = this.pick(['ECD-1', 'ECD-2', 'ECD-3']);
    // Edited once: of two versions between two polls only the later one can be found.
    const edit = (): void => {
      const comment = this.comments.pop();
      if (comment !== undefined) jira.editComment(comment, by, this.words());
    };
    this.pick([
      () => this.comments.push(jira.addComment(issue, by, this.words()).id),
      () => this.comments.push(jira.addComment(issue, by, this.words()).id),
      edit,
      () => jira.transition(issue, by, this.pick(['To Do', 'In Progress', 'Done'])),
      () => jira.assign(issue, by, this.pick([...JIRA, null])),
      () => jira.createIssue(by, { key: `ECD-${100 + this.count}`, summary: this.words() }),
    ])();
  }

  private bitbucket(): void {
    const { bitbucket } = this.five;
    const by = this.pick(Object.values(BITBUCKET)).uuid;
    const open = this.bitbucketOpen.at(-1);
    if (open === undefined || this.random() < 0.3) {
      const repo = this.pick(REPOS);
      const wanted = { title: this.words(), branch: `feature/${this.count}` };
      this.bitbucketOpen.push({ repo, id: bitbucket.createPullRequest(repo, by, wanted).id });
      return;
    }
    const on = { ...open, by };
    const close = (work: () => void) => () => {
      this.bitbucketOpen.pop();
      work();
    };
    this.pick([
      () => bitbucket.addComment(on, this.words()),
      () => bitbucket.addComment(on, this.words()),
      () => bitbucket.approve(on),
      () => bitbucket.requestChanges(on),
      () => bitbucket.updatePullRequest(on, { title: this.words() }),
      close(() => bitbucket.merge(on)),
      close(() => bitbucket.decline(on)),
    ])();
  }

  private github(): void {
    const { github } = this.five;
    const by = this.pick(GITHUB);
    const open = this.githubOpen.at(-1);
    if (open === undefined || this.random() < 0.3) {
      const repo = `acme/${this.pick(REPOS)}`;
      const pull = { title: this.words(), branch: `feature/${this.count}` };
      this.githubOpen.push(`${repo}#${github.openPullRequest(repo, by, pull)}`);
      return;
    }
    const close = (work: () => void) => () => {
      this.githubOpen.pop();
      work();
    };
    this.pick([
      () => github.addComment(open, by, this.words()),
      () => github.addComment(open, by, this.words()),
      () => github.review(open, { by, state: 'approved' }),
      () => github.review(open, { by, state: 'changes_requested', body: this.words() }),
      () => github.openIssue('acme/web', by, { title: this.words() }),
      close(() => github.merge(open, by)),
      close(() => github.closeItem(open, by)),
    ])();
  }

  private slack(): void {
    const { slack } = this.five;
    const by = this.pick(Object.values(SLACK));
    const earlier = this.messages.at(-1);
    this.pick([
      () => this.messages.push(slack.postMessage(by, CHANNELS.payments, this.words())),
      () => this.messages.push(slack.postMessage(by, CHANNELS.web, this.words())),
      () => (earlier === undefined ? null : slack.reply(by, earlier, this.words())),
      () => slack.dm(by, this.words()),
    ])();
  }

  private sentry(): void {
    const { sentry } = this.five;
    const by = this.pick(SENTRY);
    const issue = this.errors.at(-1);
    if (issue === undefined || this.random() < 0.4) {
      const report = { title: `TypeError: ${this.words()}` };
      const { id } = sentry.captureError(this.pick(REPOS), report).row;
      this.errors.push({ id, resolved: false, assigned: false });
      return;
    }
    // Sentry tells of an assignee only where there was none, and of no step that changes nothing.
    const assign = (): void => {
      if (!issue.assigned) sentry.assign(issue.id, by, `user:${by}`);
      issue.assigned = true;
    };
    const turn = (): void => {
      if (issue.resolved) sentry.unresolve(issue.id, by);
      else sentry.resolve(issue.id, by);
      issue.resolved = !issue.resolved;
    };
    this.pick([() => sentry.comment(issue.id, by, this.words()), assign, turn])();
  }
}
