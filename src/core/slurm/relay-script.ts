import { quoteWord } from '../quote.ts';
import { renderReadSecrets } from '../remote/secrets-shell.ts';

/** Seconds until a relay that found no room looks again: this, twice as much each time, and at most that. */
const delays = { first: 30, most: 600 } as const;

/**
 * The job that opens the next window of a batch when the one before has ended, from a node. POSIX sh.
 *
 * What it does has all been made for being done twice, so it may be requeued, killed, or come late: the script that it starts goes on
 * where anybody stopped. There may even be two, where a hand-over was killed between a submission and its receipt: two that wait for
 * room would take it from each other for ever, so the second leaves. Where it cannot go on yet, it goes back into the queue, and holds no CPU until then; see
 * {@link renderNodeTest} for the way that a job does that.
 */
export function renderRelayScript(directory: string): string {
  return `#!/bin/sh
# srunx: hands over the next cells of a sweep when the ones before have ended.
plan=${quoteWord(directory)}
[ -e "$plan/handover.sh" ] || exit 0
# Of two for the same window the one is meant that was written down; the other would wait for room in its own way.
meant=$(sed -n 's/^job //p' "$plan/relays/$(($1 - 1))" 2>/dev/null)
[ -z "$meant" ] || [ "$meant" = "$SLURM_JOB_ID" ] || exit 0
(umask 077; : >>"$plan/window.$1")
# What Slurm gives to this job is not for those that it submits.
unset CUDA_VISIBLE_DEVICES GPU_DEVICE_ORDINAL ROCR_VISIBLE_DEVICES ZE_AFFINITY_MASK
# What the account keeps secret may have changed since.
${renderReadSecrets()}
if [ -n "\${SRUNX_SECRETS-}" ] && secrets=$(read_secrets) && [ -n "$secrets" ]; then SRUNX_SECRETS=$secrets; fi
sh "$plan/handover.sh"
word=$(grep -v '^job ' "$plan/handover.log" | tail -n 1)
case $word in
  done | withdrawn) exit 0 ;;
  # Only srunx can find out, and then goes on itself.
  unresolved*) exit 0 ;;
  "deferred $1 "*) ;;
  # The next one is for the next relay.
  deferred*) exit 0 ;;
esac
delay=${delays.first} count=\${SLURM_RESTART_COUNT:-0}
while [ "$count" -gt 0 ] && [ "$delay" -lt ${delays.most} ]; do
  delay=$((delay * 2)) count=$((count - 1))
done
[ "$delay" -lt ${delays.most} ] || delay=${delays.most}
echo "srunx: $word; looking again in $delay seconds"
trap '' TERM
scontrol requeue "$SLURM_JOB_ID" || exit 1
sleep 2
scontrol update JobId="$SLURM_JOB_ID" "StartTime=now+$delay"
exit 0
`;
}
