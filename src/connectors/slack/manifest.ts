import { botScopes, EVENT_SCOPES } from './scopes.ts';

/** How the app is to reach us: by webhook at `url`, over a line that we open (`socketMode`), or both unset. */
export interface ManifestSettings {
  /** Where pm-agent is reached from outside, e.g. `https://agent.example/webhooks/slack`; `null` for none. */
  readonly url: string | null;
  readonly socketMode: boolean;
}

/**
 * The manifest of the Slack app, to be given to Slack as JSON: exactly the scopes and events that are used. It does not
 * subscribe to `app_mention`: in a channel that the bot is in, the message itself comes, and says whether it is private.
 */
export function slackManifest({ url, socketMode }: ManifestSettings): object {
  const address = url === null ? {} : { request_url: url };
  return {
    display_information: {
      name: 'pm-agent',
      description: 'A project manager that answers for tickets, reviews and releases.',
    },
    features: {
      app_home: { messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'pm-agent', always_online: true },
    },
    oauth_config: { scopes: { bot: [...botScopes()] } },
    settings: {
      event_subscriptions: { ...address, bot_events: Object.keys(EVENT_SCOPES).sort() },
      interactivity: { is_enabled: url !== null || socketMode, ...address },
      org_deploy_enabled: false,
      socket_mode_enabled: socketMode,
      token_rotation_enabled: false,
    },
  };
}
