/** Paths of a cluster as text: nothing of that machine is at hand. */

/** Without `//`, `/./` and a `/` at the end. */
export function normalizePath(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}

/** Why a text is no path that could be meant. */
export function absolutePathProblem(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'the path has a line break or another control character in it';
  if (!path.startsWith('/')) return `\`${path}\` is no full path: it must begin with /`;
  return path.split('/').includes('..') ? `\`${path}\` goes up with \`..\`` : undefined;
}

/** Of the system, with all that is in them. */
const systemTrees = ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/sbin', '/sys', '/usr'];
/** Of the system or of all users; what lies below may be somebody's. */
const sharedPlaces = [
  '/',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/run',
  '/srv',
  '/tmp',
  '/Users',
  '/var',
  '/var/tmp',
];

/** Why files of a project must not go there: a mirror removes whatever else it finds. */
export function dangerOf(path: string, user?: string): string | undefined {
  const place = normalizePath(path);
  const isSystem = sharedPlaces.includes(place) || systemTrees.some((tree) => isWithin(place, tree));
  if (isSystem) return `${place} is a directory of the system`;
  const isHome = user !== undefined && /^\/(?:home|Users)\/([^/]+)$/.exec(place)?.[1] === user;
  return isHome ? `${place} is a home directory itself` : undefined;
}

/** Also the directory itself; both are normalized. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** The directory that a normalized path lies in. */
export function posixParent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last part of a normalized path. */
export function posixBase(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
