// The short forms are those of the rules of reminding; they stay in the numbers of the verdict.
const WORDS: Readonly<Record<string, string>> = {
  resolved: 'the item is done',
  not_waiting_on_person: 'it does not wait for this person any more',
  not_due: 'its time has not come',
  snoozed: 'the person asked to hear of it later',
  recent_activity: 'the person did something on it a short while ago',
  duplicate: 'the person has heard of this lately',
  budget: 'the person has had their message of the day',
  bundle: 'it had no room in the message of the day',
  quiet_hours: 'it is outside the working hours of this person',
  declined: 'the person said that it is not theirs',
  with_tech_lead: 'the tech lead has it now',
  no_tech_lead: 'the directives name no tech lead',
  top: 'leadership has been told',
  acknowledged: 'the person has said that they are on it',
  on_its_way: 'a message to this person is on its way',
  leadership_was_asked: 'leadership has been asked',
  last_step: 'the last message still has its time',
  blocker_too_young: 'leadership is told of older blockers only',
  not_blocked: 'leadership is told of blockers only',
  not_tried: 'its owner has not been reminded yet',
  no_slack_account: 'the directives name no Slack account of this person',
  no_leadership_channel: 'the directives name no channel for leadership',
  unread: 'the item could not be read',
};

/** A reason in words where there are any, else as it stands. */
export function withheldWords(reason: string): string {
  return WORDS[reason] ?? reason;
}
