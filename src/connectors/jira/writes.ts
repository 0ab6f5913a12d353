import type { Operation } from '../../domain/connector.ts';
import type { WriteAccess } from './write-access.ts';
import { addComment, editComment } from './write-comment.ts';
import { addLabel, assign, deleteIssue, setPriority } from './write-fields.ts';
import { linkIssues, moveToSprint } from './write-relations.ts';
import { closeIssue, transition } from './write-status.ts';

/** All that may be changed in Jira; without access only declared. */
export function jiraWrites(access: WriteAccess | null): readonly Operation[] {
  return [
    addComment(access),
    editComment(access),
    transition(access),
    assign(access),
    moveToSprint(access),
    linkIssues(access),
    addLabel(access),
    closeIssue(access),
    deleteIssue(access),
    setPriority(access),
  ];
}
