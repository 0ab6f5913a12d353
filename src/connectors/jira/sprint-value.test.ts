import { expect, test } from 'vitest';
import { currentSprint, sprintsOf } from './sprint-value.ts';

const teamManaged = [
  { id: 4, name: 'Sprint 4', state: 'closed', boardId: 1 },
  { id: 6, name: 'Sprint 6', state: 'future', boardId: 1 },
  { id: 5, name: 'Sprint 5', state: 'active', boardId: 1, goal: '' },
];
const line = (fields: string): string =>
  `com.atlassian.greenhopper.service.sprint.Sprint@1f2e3d[${fields}]`;

test('the active sprint of the list is the one that counts', () => {
  expect(currentSprint(teamManaged)).toMatchObject({ id: '5', name: 'Sprint 5' });
});

test('without an active one it is the future sprint that begins first', () => {
  const future = [
    { id: 9, name: 'Later', state: 'future', startDate: '2026-12-14T08:00:00.000Z' },
    { id: 8, name: 'Undated', state: 'future' },
    { id: 7, name: 'Next', state: 'future', startDate: '2026-11-30T08:00:00.000Z' },
    { id: 6, name: 'Old', state: 'closed', startDate: '2026-11-02T08:00:00.000Z' },
  ];

  expect(currentSprint(future)?.name).toBe('Next');
  expect(currentSprint([future[3]])).toBeNull();
});

test('the single object of the agile API is read', () => {
  expect(currentSprint({ id: 37, name: 'Sprint 1', state: 'active' })?.name).toBe('Sprint 1');
});

test('the lines of old sites are read, with commas in a name and capitals in a state', () => {
  const lines = [
    line(
      'id=12,rapidViewId=3,state=CLOSED,name=One,goal=,startDate=2020-01-01T00:00:00.000Z,endDate=2020-01-15T00:00:00.000Z,sequence=12',
    ),
    line(
      'id=13,rapidViewId=3,state=ACTIVE,name=Pay, then ship [2],startDate=<null>,endDate=<null>,sequence=13',
    ),
  ];

  expect(sprintsOf(lines)).toEqual([
    {
      id: '12',
      name: 'One',
      state: 'closed',
      startDate: '2020-01-01T00:00:00.000Z',
      endDate: '2020-01-15T00:00:00.000Z',
    },
    { id: '13', name: 'Pay, then ship [2]', state: 'active', startDate: null, endDate: null },
  ]);
});

test.each([null, undefined, 7, 'Sprint 4', '[', '][', [null, {}, 'x[id=1]'], { name: 3 }])(
  '%j holds no sprint',
  (value) => {
    expect(sprintsOf(value)).toEqual([]);
  },
);
