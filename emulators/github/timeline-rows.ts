import { placesOf, commentShape, entryShape } from './issue-shapes.ts';
import type { Within } from './issue-shapes.ts';
import type { Commit } from './github-state.ts';
import { stamp } from './github-state.ts';
import type { View } from './people-shapes.ts';
import { nodeId, userShape } from './people-shapes.ts';

/** A row of a time line and when it came there. */
export interface TimelineRow {
  readonly at: Date;
  readonly shape: object;
}

/** The whole time line of an issue or pull request, oldest first: what happened, what was said, what was pushed. */
export function timelineRows(view: View, within: Within): readonly TimelineRow[] {
  const { issue } = within;
  const rows = [
    ...(issue.pull?.commits ?? []).map((commit) => ({
      at: commit.at,
      shape: committedShape(view, within, commit),
    })),
    ...issue.timeline.map((entry) => ({ at: entry.at, shape: entryShape(view, within, entry) })),
    ...issue.comments.map((comment) => ({
      at: comment.created,
      shape: {
        event: 'commented',
        actor: userShape(view, comment.author),
        ...commentShape(view, within, comment),
      },
    })),
  ];
  return rows.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

// Unlike all other entries a commit names no account and no time but those of git.
function committedShape(view: View, { repo }: Within, { sha, message, author, at, made }: Commit) {
  const { api, site } = placesOf(view, repo);
  const name = view.state.people.get(author)?.name ?? author;
  const by = { name, email: 'person@example.com', date: stamp(made ?? at) };
  const url = `${api}/git/commits/${sha}`;
  return {
    event: 'committed',
    sha,
    node_id: nodeId('Commit', 1),
    url,
    html_url: `${site}/commit/${sha}`,
    author: by,
    committer: by,
    message,
    tree: { sha, url: `${api}/git/trees/${sha}` },
    parents: [],
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null },
  };
}
