// Starts a task of the checkout on a machine that has only Node 18 and npm: installs the exact dependencies (Node 24 among
// them) when they are missing or out of date, builds when the sources changed, then runs the task under Node 24.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const stamps = join(root, 'node_modules', '.srunx');

const tasks = {
  install: [],
  build: ['build'],
  demo: ['build', 'run dev/demo.ts'],
  test: ['build', 'run dev/test.ts'],
  cluster: ['run dev/cluster.ts'],
  bench: ['build', 'run bench/bench.ts'],
  reference: ['run dev/tools/reference.ts'],
};

const [task = 'install', ...rest] = process.argv.slice(2);
if (!(task in tasks)) fail(`unknown task ${task}; there are: ${Object.keys(tasks).join(', ')}`);
install();
for (const step of tasks[task]) {
  if (step === 'build') build();
  else process.exitCode = run(node, [step.slice('run '.length), ...rest], 'inherit');
}

function install() {
  const wanted = hash([join(root, 'package-lock.json')]);
  if (existsSync(node) && stamp('install') === wanted) return;
  progress('installing dependencies (once, about half a minute)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error', '--engine-strict=false'];
  const code = npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (code !== 0) fail('`npm ci` failed; see its message above');
  if (!existsSync(node))
    fail('the package `node` brought no executable; run `npm ci` by hand and look at its warnings');
  writeStamp('install', wanted);
}

function build() {
  const sources = [
    ...files(join(root, 'src')),
    join(root, 'package-lock.json'),
    join(root, 'tsconfig.types.json'),
    ...['build.ts', 'emit-types.ts'].map((name) => join(root, 'dev', 'tools', name)),
  ];
  const wanted = hash(sources);
  if (existsSync(join(root, 'dist', 'srunx.js')) && stamp('build') === wanted) return;
  progress('building');
  if (run(node, [join('dev', 'tools', 'build.ts')]) !== 0) fail('the build failed; see its message above');
  writeStamp('build', wanted);
}

// Standard output belongs to the task; installing and building speak on standard error.
function run(command, args, stdout = 2) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const cwd = stdout === 'inherit' && task === 'cluster' ? process.cwd() : root;
  const script =
    args[0]?.startsWith('dev/') || args[0]?.startsWith('bench/') ? [join(root, args[0]), ...args.slice(1)] : args;
  const result = spawnSync(command, script, {
    cwd,
    stdio: ['inherit', stdout, 'inherit'],
    env: { ...process.env, PATH: path },
  });
  if (result.error) fail(`cannot start ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function* files(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (statSync(path).isFile()) yield path;
  }
}

function hash(paths) {
  const digest = createHash('sha256');
  for (const path of [...paths].sort())
    digest.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  return digest.digest('hex');
}

function stamp(name) {
  const path = join(stamps, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}

function progress(text) {
  process.stderr.write(`srunx: ${text} …\n`);
}

function fail(text) {
  process.stderr.write(`srunx: ${text}\n`);
  process.exit(1);
}
