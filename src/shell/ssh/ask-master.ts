import { connect } from 'node:net';

/** Words of the protocol between the processes of ssh, which OpenSSH describes in its PROTOCOL.mux. */
const hello = [1, 4];
const aliveCheck = [0x1000_0004, 0];
const isAlive = 0x8000_0005;

/** A process that lives answers within a millisecond, whatever its network does. */
const patienceMs = 5_000;

/**
 * The pid of the process behind the socket of a connection; `undefined` where nobody answers, be it that it is gone or that it stands
 * still. What `ssh -O check` asks, without starting a process for it.
 */
export function askMaster(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (pid?: number) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(pid);
    };
    const timer = setTimeout(finish, patienceMs);
    let heard: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const pid = readPid(heard);
      if (pid !== undefined) finish(pid);
    });
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.write(Buffer.concat([packet(hello), packet(aliveCheck)]));
  });
}

/** Its length, and 32-bit numbers. */
function packet(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * numbers.length);
  for (const [index, number] of [4 * numbers.length, ...numbers].entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}

/** Behind the greeting of the other side there is: a length, the answer, the number of the question, the pid. */
function readPid(heard: Buffer): number | undefined {
  if (heard.length < 4) return undefined;
  const answer = heard.subarray(4 + heard.readUInt32BE(0));
  return answer.length >= 16 && answer.readUInt32BE(4) === isAlive ? answer.readUInt32BE(12) : undefined;
}
