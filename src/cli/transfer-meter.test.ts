import { expect, it } from 'vitest';
import { TransferMeter } from './transfer-meter.ts';

const mebi = 1024 * 1024;

it('says how far it is, and after a second how fast and how long', () => {
  const meter = new TransferMeter({ files: 4, bytes: 100 * mebi });
  expect(meter.line({ files: 0, bytes: 0 }, 0)).toBe('srunx: 0 of 4 files, 0 B of 100 M');
  expect(meter.line({ files: 1, bytes: 20 * mebi }, 2_000)).toBe(
    'srunx: 1 of 4 files, 20 M of 100 M, 10 M/s, 0:08 left',
  );
});

it('forgets how fast it once was', () => {
  const meter = new TransferMeter({ files: 1, bytes: 1000 * mebi });
  for (let second = 0; second <= 5; second += 1) meter.line({ files: 0, bytes: second * 100 * mebi }, second * 1000);
  const stuck = Array.from({ length: 20 }, (_, index) =>
    meter.line({ files: 0, bytes: 500 * mebi }, (6 + index) * 1000),
  );
  expect(stuck.at(-1)).toBe('srunx: 0 of 1 files, 500 M of 1000 M, 0 B/s');
});

it('never goes beyond the whole, nor below nothing', () => {
  const meter = new TransferMeter({ files: 2, bytes: mebi });
  expect(meter.line({ files: 2, bytes: 3 * mebi }, 0)).toContain('1.0 M of 1.0 M');
  expect(meter.line({ files: 0, bytes: -5 }, 0)).toContain('0 B of 1.0 M');
});
