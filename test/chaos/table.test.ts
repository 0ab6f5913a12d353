import { describe, expect, test } from 'vitest';
import type { KeptFigure } from './figures.ts';
import { withTable } from './table.ts';

const PAGE = `# Guarantees

<!-- chaos:begin -->
<!-- chaos:end -->

After.
`;

const figure = (more: Partial<KeptFigure>): KeptFigure => ({
  promise: 'R1',
  deployment: 'single',
  run: '300 deliveries, 4 SIGKILLs',
  counted: 'lost 0',
  holds: true,
  seed: 7,
  date: '2026-03-02',
  commit: 'abc1234',
  cores: 2,
  ...more,
});
const whole = { failed: [], isPartial: false };

describe('the table of the soak', () => {
  test('has one row per promise and deployment, in their order, with where it comes from', () => {
    const figures = [
      figure({ promise: 'R16', counted: 'overlaps 0' }),
      figure({ promise: 'R2', deployment: 'many', counted: 'doubled 0' }),
      figure({}),
    ];

    expect(withTable(PAGE, { ...whole, figures })).toBe(`# Guarantees

<!-- chaos:begin -->

| promise | deployment | what was run | counted | holds | seed | run on |
| --- | --- | --- | --- | --- | --- | --- |
| R1 | one process, SQLite | 300 deliveries, 4 SIGKILLs | lost 0 | yes | 7 | 2026-03-02, abc1234 |
| R2 | two gateways, three workers, PostgreSQL and Redis | 300 deliveries, 4 SIGKILLs | doubled 0 | yes | 7 | 2026-03-02, abc1234 |
| R16 | one process, SQLite | 300 deliveries, 4 SIGKILLs | overlaps 0 | yes | 7 | 2026-03-02, abc1234 |

The last run had 2 cores for everything.

<!-- chaos:end -->

After.
`);
  });

  test('says no where a figure is red, and names the scenarios that failed', () => {
    const figures = [figure({ counted: 'lost 1', holds: false })];
    const failed = ['deliveries while programs are killed'];

    const page = withTable(PAGE, { ...whole, figures, failed });

    expect(page).toContain('| lost 1 | **no** | 7 |');
    expect(page).toContain('may be missing:\n\n- deliveries while programs are killed\n');
  });

  test('leaves nothing of an earlier soak, unless only some scenarios were run', () => {
    const before = withTable(PAGE, { ...whole, figures: [figure({}), figure({ promise: 'R2' })] });
    const figures = [figure({ promise: 'R2', counted: 'doubled 3', holds: false })];

    const full = withTable(before, { ...whole, figures });
    const partial = withTable(before, { figures, failed: [], isPartial: true });

    expect(full).not.toContain('| R1 |');
    expect(partial).toContain('| R1 | one process, SQLite | 300 deliveries, 4 SIGKILLs | lost 0 |');
    expect(partial.match(/^\| R2 \|/gm)).toHaveLength(1);
    expect(partial).toContain('doubled 3');
    expect(withTable(partial, { figures: [], failed: [], isPartial: true })).toContain('| R1 |');
  });

  test('a page without its marks is refused', () => {
    expect(() => withTable('# Guarantees', { ...whole, figures: [] })).toThrow('chaos:begin');
  });
});
