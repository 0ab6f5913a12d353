import { Problem } from './contract.ts';

const problem = { content: { 'application/problem+json': { schema: Problem } } };

/** What every route may answer besides its own: problem documents, which the error handler sends. */
export const refused = {
  '4xx': { description: 'The request was refused.', ...problem },
  '5xx': { description: 'It could not be answered now.', ...problem },
};
