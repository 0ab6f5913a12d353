import { createHmac } from 'node:crypto';

/** The value of `X-Hub-Signature` for these exact bytes. */
export function signJira(body: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

const TOKEN_SECONDS = 180;

/** The token that a dynamic webhook carries, signed with the client secret of the app. */
export function jiraToken(clientSecret: string, now: Date): string {
  const iat = Math.floor(now.getTime() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = [
    part({ alg: 'HS256', typ: 'JWT' }),
    part({ iss: 'jira-emulator', iat, exp: iat + TOKEN_SECONDS }),
  ].join('.');
  return `${signed}.${createHmac('sha256', clientSecret).update(signed).digest('base64url')}`;
}
