import { expect, it } from 'vitest';
import { Channel } from './channel.ts';
import { ChannelPool } from './channel-pool.ts';
import { startSession } from './session-process.ts';

const start = async () => new Channel(startSession(['sh'], process.env));

it('whoever waits for the first channel hears why there is none, and nobody tries once more', async () => {
  let tries = 0;
  const open = async (): Promise<Channel> => {
    tries += 1;
    throw new Error('denied');
  };
  const pool = new ChannelPool({ open, limit: 4 });
  const leases = await Promise.allSettled([pool.lease(), pool.lease(), pool.lease()]);
  expect(leases.map((lease) => lease.status === 'rejected' && lease.reason.message)).toEqual([
    'denied',
    'denied',
    'denied',
  ]);
  expect(tries).toBe(1);
});

it('a channel that is free is taken before another one is opened, and there are never too many', async () => {
  let opened = 0;
  const pool = new ChannelPool({
    open: () => {
      opened += 1;
      return start();
    },
    limit: 2,
  });
  const first = await pool.lease();
  pool.release(first);
  expect([await pool.lease(), opened]).toEqual([first, 1]);
  const second = await pool.lease();
  expect([second === first, opened]).toEqual([false, 2]);
  const third = pool.lease();
  pool.release(second);
  expect([await third, opened]).toEqual([second, 2]);
  pool[Symbol.dispose]();
});
