import type { Inventory, NodeInfo } from './node-info.ts';

/** What somebody waits for. What is not named may be anything. */
export interface WantedResources {
  readonly gpus?: number | undefined;
  /** Only GPUs of this type count. */
  readonly gpuType?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryMb?: number | undefined;
  /**
   * So many nodes, each with the amounts named; without any amount, wholly idle ones. `undefined`: the amounts are wanted over
   * all nodes together.
   */
  readonly nodes?: number | undefined;
}

export interface FreeResources {
  readonly reached: boolean;
  /** Over all nodes together, or of the best node where single nodes are wanted. */
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryMb: number;
  /** Nodes that have what each is to have, or, where the amounts are wanted together, something of it. */
  readonly nodes: readonly string[];
}

/**
 * What a job could take now: on nodes that take jobs, in a partition that is up, and that have a CPU left, because a GPU
 * without a CPU beside it cannot be used.
 */
export function findFreeResources({ partitions, nodes }: Inventory, wanted: WantedResources): FreeResources {
  const open = new Set(partitions.filter(({ up }) => up).flatMap((partition) => partition.nodes));
  const rooms = nodes
    .filter(({ name, state, cpus }) => open.has(name) && takesJobs(state) && cpus.idle > 0)
    .map((node) => roomOf(node, wanted.gpuType));
  return wanted.nodes === undefined ? inAll(rooms, wanted) : onEach(rooms, wanted, wanted.nodes);
}

/** What would be free if nobody used anything and every node were up: more will never be. */
export function findAllResources({ partitions, nodes }: Inventory, wanted: WantedResources): FreeResources {
  const empty = nodes.map(
    (node): NodeInfo => ({
      ...node,
      state: { ...node.state, class: 'idle' },
      cpus: { total: node.cpus.total, allocated: 0, idle: node.cpus.total },
      memoryMb: { ...node.memoryMb, allocated: 0 },
      gpus: node.gpus.map((gpu) => ({ ...gpu, used: 0 })),
    }),
  );
  return findFreeResources({ partitions: partitions.map((one) => ({ ...one, up: true })), nodes: empty }, wanted);
}

interface Room {
  readonly node: NodeInfo;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryMb: number;
}

function takesJobs({ class: use }: NodeInfo['state']): boolean {
  return use === 'idle' || use === 'mixed' || use === 'allocated';
}

function roomOf(node: NodeInfo, gpuType: string | undefined): Room {
  const { gpus, cpus, memoryMb } = node;
  const free = gpus
    .filter(({ type }) => gpuType === undefined || type === gpuType)
    .reduce((sum, { total, used }) => sum + Math.max(0, total - used), 0);
  return { node, gpus: free, cpus: cpus.idle, memoryMb: Math.max(0, memoryMb.total - memoryMb.allocated) };
}

function inAll(rooms: readonly Room[], wanted: WantedResources): FreeResources {
  const useful =
    wanted.gpus === undefined && wanted.gpuType === undefined ? rooms : rooms.filter(({ gpus }) => gpus > 0);
  const sum = (value: (room: Room) => number) => useful.reduce((total, room) => total + value(room), 0);
  const found = {
    gpus: sum(({ gpus }) => gpus),
    cpus: sum(({ cpus }) => cpus),
    memoryMb: sum((room) => room.memoryMb),
  };
  return { ...found, reached: has(found, wanted), nodes: useful.map(({ node }) => node.name) };
}

function onEach(rooms: readonly Room[], wanted: WantedResources, count: number): FreeResources {
  const isAnything = [wanted.gpus, wanted.cpus, wanted.memoryMb].every((amount) => amount === undefined);
  const fitting = rooms.filter((room) => (isAnything ? isIdle(room) : has(room, wanted)));
  const most = (value: (room: Room) => number) => rooms.reduce((best, room) => Math.max(best, value(room)), 0);
  return {
    reached: fitting.length >= count,
    gpus: most(({ gpus }) => gpus),
    cpus: most(({ cpus }) => cpus),
    memoryMb: most(({ memoryMb }) => memoryMb),
    nodes: fitting.map(({ node }) => node.name),
  };
}

function isIdle({ node }: Room): boolean {
  return node.state.class === 'idle' && node.cpus.allocated === 0;
}

function has(
  room: Pick<Room, 'gpus' | 'cpus' | 'memoryMb'>,
  { gpus = 0, cpus = 0, memoryMb = 0 }: WantedResources,
): boolean {
  return room.gpus >= gpus && room.cpus >= cpus && room.memoryMb >= memoryMb;
}
