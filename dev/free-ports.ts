import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which the kernel takes ports of outgoing connections, and far apart for clusters started together. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = 12_000 + (randomBytes(2).readUInt16LE() % 20_000); ports.length < count; port += 1) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
