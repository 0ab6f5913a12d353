import type { Call } from '../../domain/connector.ts';
import type { Situation } from '../../domain/situation.ts';
import type { Subject } from '../../domain/subject.ts';
import { unlessClosed } from '../closed-door.ts';
import { placeOf } from './place.ts';
import type { GithubSite } from './site.ts';
import { surveyIssue } from './survey-issue.ts';
import { surveyPull } from './survey-pull.ts';

/**
 * How a pull request or an issue stands; `null` when it is gone, hidden from us or in no configured repository, and for any
 * other subject. Throws a `Failure`.
 */
export async function surveyGithub(
  site: GithubSite,
  subject: Subject,
  call: Call,
): Promise<Situation | null> {
  const place = placeOf(subject);
  if (place === null) return null;
  const look = place.kind === 'issue' ? surveyIssue : surveyPull;
  return unlessClosed<Situation | null>(look(site, place, call), null);
}
