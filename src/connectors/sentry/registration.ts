/** What a person does in Sentry so that it sends webhooks to `url`: there is no call for it. One step a line. */
export function setupSteps(url: string): readonly string[] {
  return [
    'In Sentry open Settings > Developer Settings and choose Create New Integration > Internal Integration.',
    'Name it after the agent, for example pm-agent. Comments and changes of the agent appear under this name.',
    `Webhook URL: ${url}`,
    'Switch on "Alert Rule Action", so that alert rules can name the integration.',
    'Permissions: Issue & Event "Read & Write" ("Read" is enough while the agent only looks), Project "Read", Release "Read", Organization "Read", Member "Read", Team "Read", Alerts "Read".',
    'Webhooks: tick "issue" and "comment". Leave "error" unticked: it sends one request per error event.',
    'Save Changes. Copy "Client Secret" of the page into SENTRY_CLIENT_SECRET: it signs the webhooks.',
    'On the same page, under Tokens, make a token and copy it into SENTRY_TOKEN.',
    'Set SENTRY_ORGANIZATION to the slug of the organisation, and SENTRY_PROJECTS to the slugs of the projects (empty: all).',
    'Organisations in the European region set SENTRY_BASE_URL=https://de.sentry.io/api/0.',
    'For alerts: in each alert rule of these projects add the action "Send a notification via an integration" and choose the integration.',
  ];
}
