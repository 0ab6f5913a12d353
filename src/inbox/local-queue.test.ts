import { queueSuite } from '../../test/conformance/queue.ts';
import { localQueue } from './local-queue.ts';

queueSuite('the queue of one process', () =>
  Promise.resolve({ queue: localQueue(() => Date.now()), now: () => Date.now() }),
);
