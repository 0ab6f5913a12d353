import type { Look, Material } from './ground.ts';
import { excerpt, latinText } from './readable-text.ts';

const LEAD = String.raw`^[\s>*+•"'\x60|.)\d-]{0,20}`;
const ITEM = String.raw`(?:[\w.-]{1,60}\/[\w.-]{1,60})?(?:#|gh-|!)\d|[a-z][a-z0-9_]{1,19}-[1-9]\d{0,8}(?!\w)|https?:\/\/\S{1,200}\/(?:issues|pull|pull-requests|browse)\/`;

const COMMANDS: readonly (readonly [string, RegExp])[] = [
  ['a slash command', new RegExp(String.raw`${LEAD}\/[a-z][\w-]{0,30}(?=\s|$)`, 'imu')],
  [
    'a chat command',
    new RegExp(String.raw`${LEAD.replace('|.', '|')}[!.][a-z][\w-]{1,30}(?=\s|$)`, 'imu'),
  ],
  [
    'a slash command',
    /(?<=\s)\/(?:merge|approve|lgtm|close|reopen|deploy|retest|test|rebase|assign|unassign|label|hold|unhold|rerun|run|ok-to-test|cherry-pick|backport|azp|rollback|promote|ship|revert|delete|invite|kick|remind|spend|cc|milestone)(?=\s|$)/im,
  ],
  [
    'a command to a merge bot',
    /\bbors[ :](?:r[+=-]|try|merge|retry|d[+=]|delegate|ping)|(?<![\w+])r\+(?!\w)|^\s{0,9}\+[12]\s{0,9}$/im,
  ],
  [
    'a command to another bot',
    /(?<![\w/])@?(?:dependabot|renovate|mergify|homu|hubot|jenkins|codecov|snyk|[\w-]{1,40}(?:bot|\[bot\]))[ :,]{1,3}(?:merge|squash|rebase|recreate|close|reopen|cancel|ignore|use|show|refresh|queue|requeue|backport|update|retest|test|deploy|build|run|try|approve|retry|restart|release)\b/i,
  ],
  [
    'a command to the build',
    /\b(?:retest this|test this please|ok to test|add to whitelist|rebuild this)\b|^\s{0,9}(?:recheck|retest|rebase)\s{0,9}$/im,
  ],
  [
    'a mark that skips the build',
    /\[\s?(?:skip[ -](?:ci|actions|build|tests|deploy|review)|(?:ci|actions|build|deploy)[ -]skip|no[ -]ci)\s?\]|\*\*\*no_ci\*\*\*|^skip-checks:/im,
  ],
  [
    'a smart commit',
    /(?<![\w&])#(?:close[sd]?|comment|time|resolve[sd]?|reopen|done|start|stop|fix(?:e[sd])?|finish|merge|ready|transition|assign|in-?progress|start-[a-z]{2,20}|stop-[a-z]{2,20}|review)\b/i,
  ],
  ['a smart commit', /\b[A-Z][A-Z0-9_]{1,19}-\d{1,9}\s{1,5}#[a-z]/],
  [
    'a closing word',
    new RegExp(
      String.raw`\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(?:\s{1,3}(?:issues?|tickets?|bugs?))?[\s:*_~"'()[\]\x60-]{1,6}(?:${ITEM})`,
      'i',
    ),
  ],
  [
    'a trailer of a commit',
    /^\s{0,9}(?:(?:reviewed|approved|acked|tested|signed-off|co-authored|verified|merged|reported)-by|agent-[a-z]{1,20}|change-id|bypass-[a-z]{1,20}):/im,
  ],
];

/** Finds what another program would take for a command: bots, chats, builds, trackers. */
export const commandIn: Look = ({ seen }: Material) => {
  const text = latinText(seen);
  for (const [what, pattern] of COMMANDS) {
    const match = pattern.exec(text);
    if (match !== null) return `${what}, "${excerpt(match[0].trim())}"`;
  }
  return null;
};
