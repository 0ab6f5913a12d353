import { describe, expect, test } from 'vitest';
import { verifyProofs } from '../../inbox/verify.ts';
import { slackWebhook } from './webhook.ts';

// The vector that Slack publishes.
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const AT = 1_531_420_618;
const BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const SIGNATURE = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';

const webhook = slackWebhook([SECRET]);
const bytes = (text: string): Uint8Array => Buffer.from(text);

function verified(at: number, body = BODY): boolean {
  const headers = {
    'x-slack-signature': [SIGNATURE],
    'x-slack-request-timestamp': [String(AT)],
  };
  return verifyProofs(webhook.proofs, { headers, body: bytes(body) }, at * 1000).ok;
}

describe('the signature', () => {
  test('of the published vector is right, and wrong for another body', () => {
    expect(verified(AT)).toBe(true);
    expect(verified(AT, `${BODY} `)).toBe(false);
  });

  test('holds for five minutes either way', () => {
    expect([AT - 300, AT + 300].map((at) => verified(at))).toEqual([true, true]);
    expect([AT - 301, AT + 301].map((at) => verified(at))).toEqual([false, false]);
  });
});

describe('what is in a body', () => {
  const form = { 'content-type': ['application/x-www-form-urlencoded; charset=utf-8'] };
  const unwrapped = (text: string, headers = form): string =>
    Buffer.from(webhook.unwrap?.(bytes(text), headers) ?? []).toString();

  test('a form is opened: its payload, or a command', () => {
    expect(unwrapped(`payload=${encodeURIComponent('{"type":"block_actions"}')}`)).toBe(
      '{"type":"block_actions"}',
    );
    expect(JSON.parse(unwrapped('command=%2Fpm&text=hi+there&type=odd'))).toEqual({
      command: '/pm',
      text: 'hi there',
      type: 'slash_command',
    });
  });

  test('a field that is named like a prototype is a field', () => {
    unwrapped('command=%2Fpm&__proto__=x&constructor=y');
    expect(Object.hasOwn({}, 'x')).toBe(false);
    expect(unwrapped('command=%2Fpm&__proto__=x')).toContain('"__proto__":"x"');
  });

  test('anything else stays as it is', () => {
    expect(unwrapped('a=1')).toBe('a=1');
    expect(unwrapped('payload=%7B%7D', { 'content-type': ['application/json'] })).toBe(
      'payload=%7B%7D',
    );
  });

  test('only the test of an address is answered with its word', () => {
    const challenge = (text: string): string | null => webhook.challenge?.(bytes(text)) ?? null;

    expect(challenge('{"type":"url_verification","challenge":"word-1"}')).toBe('word-1');
    for (const text of [
      '{"type":"event_callback","challenge":"word-1"}',
      '{"type":"url_verification","challenge":7}',
      'null',
      'not JSON',
      JSON.stringify({ type: 'url_verification', challenge: 'x'.repeat(5_000) }),
    ]) {
      expect(challenge(text)).toBeNull();
    }
  });
});
