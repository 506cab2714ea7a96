import { Channel } from './channel.ts';
import { takeIdleSession } from './idle-session.ts';

/** So long after its last answer, a session is asked whether it is well: the connection may be gone without a word. */
const wellMs = 20_000;

/** And has so long for its answer. */
const answerMs = 5_000;

/** The channel that somebody before us has left at this place, if it still answers. */
export async function takeIdleChannel(place: string): Promise<Channel | undefined> {
  const idle = takeIdleSession(place);
  if (idle === undefined) return undefined;
  const channel = new Channel(idle.process, { facts: idle.facts });
  if (idle.idleMs < wellMs || (await channel.answers(answerMs))) return channel;
  void channel.close();
  return undefined;
}
