import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storeClock } from './store-clock.ts';

test('it tells the time that was heard, and goes on with the time that has passed here', () => {
  let elapsed = 100;
  const clock = storeClock(() => elapsed);

  clock.heard(5000);
  elapsed = 130;

  expect(clock.now()).toBe(5030);
});

test('before it has heard of a time it tells none', () => {
  expect(() => storeClock(() => 0).now()).toThrow(TypeError);
});

test('however late the answers arrive, it never runs ahead, and is as near as the quickest of the last', () => {
  const Answers = fc.array(fc.record({ wait: fc.nat(1000), delay: fc.nat(500) }), {
    minLength: 1,
    maxLength: 15,
  });
  fc.assert(
    fc.property(Answers, (answers) => {
      let elapsed = 0;
      const clock = storeClock(() => elapsed);
      const inDatabase = (): number => elapsed + 9_000;
      for (const { wait, delay } of answers) {
        elapsed += wait;
        const said = inDatabase();
        elapsed += delay;
        clock.heard(said);
      }
      const behind = inDatabase() - clock.now();
      expect(behind).toBe(Math.min(...answers.map(({ delay }) => delay)));
    }),
  );
});

test('a database whose time was set back is believed after a while', () => {
  let elapsed = 0;
  const clock = storeClock(() => elapsed);
  clock.heard(10_000);
  for (let n = 0; n < 16; n += 1) {
    elapsed += 1;
    clock.heard(5_000 + elapsed);
  }

  expect(clock.now()).toBe(5_000 + elapsed);
});
